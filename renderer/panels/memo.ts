import type { Component, ComponentChild } from 'preact';

type Drawn<Props> = (props: Props) => ComponentChild;

/**
 * A component that is drawn again only when one of its properties is another: for marks, labels and rows that stand in lists by the
 * hundred. It must read no signal: a change of one would not draw it.
 */
export function memo<Props extends object>(draw: Drawn<Props>): Drawn<Props> {
  function Memo(this: Component<Props>, props: Props): ComponentChild {
    this.shouldComponentUpdate = next =>
      (Object.keys(next) as (keyof Props)[]).some(name => next[name] !== this.props[name as never]) ||
      Object.keys(next).length !== Object.keys(this.props).length;
    return draw(props);
  }
  Memo.displayName = draw.name;
  return Memo as unknown as Drawn<Props>;
}
