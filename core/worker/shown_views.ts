/** Views that the window has drawn: a run is never ahead of the picture. */
export class ShownViews {
  private shown = 0;
  private wake: (() => void) | null = null;

  /** The window has drawn the view of this number. */
  took(view: number): void {
    this.shown = Math.max(this.shown, view);
    this.wake?.();
  }

  /** The window has drawn it. */
  has(view: number): boolean {
    return this.shown >= view;
  }

  /** Whoever waits looks again whether to go on. */
  lookAgain(): void {
    this.wake?.();
  }

  /** Wait until the window has drawn a view, or `goesOn` says no. */
  async until(view: number, goesOn: () => boolean): Promise<void> {
    while (this.shown < view && goesOn()) {
      await new Promise<void>(resolve => {
        this.wake = resolve;
      });
    }
    this.wake = null;
  }
}
