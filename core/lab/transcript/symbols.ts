/**
 * Symbols of a transcript against identities of the model: `ino1` stands for one inode throughout a scenario, and two
 * symbols never for the same one.
 *
 * Classes    ino, dev, mnt-dev, rdev: bijections for the whole scenario. am, ttm: addresses in kernel memory, so a freed object
 *            and a later one may share a symbol: a symbol moves on once the object it stood for is gone. f (page frames): names
 *            hold within a run of neighbouring `frames` steps, with `keep` also beyond it
 */

const SYMBOL = /^(ino|mnt-dev|dev|rdev|am|ttm|f)(\d+)$/;

/** The class of a symbol, or null when the text is not one. */
export function symbolClass(text: string): string | null {
  return SYMBOL.exec(text)?.[1] ?? null;
}

export class SymbolTable {
  private readonly gone = new Set<string>();
  private readonly byClass = new Map<
    string,
    { identities: Map<string, string>; symbols: Map<string, string> }
  >();

  /**
   * Does the symbol stand for this identity of the model? First use decides.
   *
   * @param mayMove the identity it stood for so far no longer exists
   */
  matches(symbol: string, identity: string, mayMove = false): boolean {
    const name = symbolClass(symbol)!;
    let table = this.byClass.get(name);
    if (!table) this.byClass.set(name, (table = { identities: new Map(), symbols: new Map() }));
    const { identities, symbols } = table;
    const known = identities.get(symbol);
    if (known === identity) return symbols.get(identity) === symbol;
    if (symbols.has(identity)) return false;
    if (known !== undefined && !mayMove && !this.gone.has(known)) return false;
    identities.set(symbol, identity);
    symbols.set(identity, symbol);
    return true;
  }

  /** The object of this identity no longer exists; its symbol may stand for a new one. */
  markGone(identity: string): void {
    this.gone.add(identity);
  }

  /** Forget one class: a new run of `frames` steps begins. */
  forget(name: string): void {
    this.byClass.delete(name);
  }
}
