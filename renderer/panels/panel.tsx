/** A panel: a region with a name, what it puts at the right of its tab, and a body that fails alone. */
import { Component, type ComponentChildren } from 'preact';
import { useContext, useLayoutEffect } from 'preact/hooks';
import { runCommand } from '../commands/command.ts';
import { PanelPlace } from '../dock/panel_place.tsx';
import { helpPage, helpPanel } from '../help/help_place.ts';

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

/** Leads to the page of help about a panel. */
function WhatIsThis({ panel, name }: { readonly panel: string; readonly name: string }) {
  return (
    <button
      type="button"
      class="what-is"
      aria-label={`What is ${name}?`}
      title={`What is ${name}?`}
      onClick={() => {
        helpPage.value = 'panels';
        helpPanel.value = panel;
        void runCommand('panel.help');
      }}
    >
      ?
    </button>
  );
}

export interface PanelProps {
  /** Accessible name of the region. */
  readonly name: string;
  readonly class?: string;
  /** Quiet text at the right of the tabs. */
  readonly meta?: ComponentChildren;
  readonly tools?: ComponentChildren;
  readonly children: ComponentChildren;
}

export function Panel(props: PanelProps) {
  const place = useContext(PanelPlace);
  useLayoutEffect(() => {
    if (!place) return;
    place.head.value = (
      <>
        <span class="meta">{props.meta}</span>
        {props.tools && <span class="head-tools">{props.tools}</span>}
        {place.id !== 'help' && <WhatIsThis panel={place.id} name={props.name} />}
      </>
    );
  }, [place, props.meta, props.tools, props.name]);
  return (
    <section class={`panel ${props.class ?? ''}`} aria-label={props.name}>
      <div class="panel-body">
        <Guard>{props.children}</Guard>
      </div>
    </section>
  );
}
