/** A page of the program's documentation in Help. */
import { type Block, blocksOf, partsOf } from '../help/markdown.ts';

function Line({ text }: { readonly text: string }) {
  return <>{partsOf(text).map((part, i) => (i % 2 === 1 ? <code key={i}>{part}</code> : part))}</>;
}

function Part({ block }: { readonly block: Block }) {
  switch (block.kind) {
    case 'heading':
      return <h2 class="scene-title">{block.text}</h2>;
    case 'paragraph':
      return (
        <p class="mid">
          <Line text={block.text} />
        </p>
      );
    case 'fence':
      return <pre class="help-text">{block.text}</pre>;
    case 'table':
      return (
        <table>
          <thead>
            <tr>
              {block.head.map(cell => (
                <th key={cell}>{cell}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {block.rows.map(row => (
              <tr key={row[0]}>
                {row.map((cell, i) => (
                  <td key={i}>
                    <Line text={cell} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      );
  }
}

/** @param text in Markdown */
export function HelpText({ text }: { readonly text: string }) {
  return (
    <>
      {blocksOf(text).map((block, i) => (
        <Part key={i} block={block} />
      ))}
    </>
  );
}
