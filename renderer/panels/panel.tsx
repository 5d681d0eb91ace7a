/** A panel: a region with a name, a head, and a body that fails alone. */
import { Component, type ComponentChildren } from 'preact';

/** Catches what its children throw while drawing: the panel says so, the rest of the window lives on. */
class Guard extends Component<{ readonly children: ComponentChildren }, { readonly broken: string | null }> {
  override state = { broken: null as string | null };

  static override getDerivedStateFromError(error: unknown) {
    return { broken: error instanceof Error ? error.message : String(error) };
  }

  override render() {
    if (this.state.broken === null) return this.props.children;
    return (
      <div class="empty">
        This panel stopped: {this.state.broken}
        <br />
        <button type="button" class="button" onClick={() => this.setState({ broken: null })}>
          Reload panel
        </button>
      </div>
    );
  }
}

export interface PanelProps {
  /** Accessible name of the region. */
  readonly name: string;
  /** Heading shown; the name when absent. */
  readonly title?: string;
  readonly class?: string;
  /** Quiet text at the right of the head. */
  readonly meta?: ComponentChildren;
  readonly tools?: ComponentChildren;
  readonly children: ComponentChildren;
}

export function Panel(props: PanelProps) {
  return (
    <section class={`panel ${props.class ?? ''}`} aria-label={props.name}>
      <div class="panel-head">
        <h2>{props.title ?? props.name}</h2>
        <span class="meta">{props.meta}</span>
        {props.tools}
      </div>
      <div class="panel-body">
        <Guard>{props.children}</Guard>
      </div>
    </section>
  );
}
