import type { Child } from 'hono/jsx'

/** A table with a heading for each column and each row: the first cell of a row names it. */
export const DataTable = ({
  columns,
  rows,
  class: className,
}: {
  columns: readonly Child[]
  rows: readonly (readonly Child[])[]
  class?: string
}) => (
  <table class={className}>
    <thead>
      <tr>
        {columns.map((name) => (
          <th scope="col">{name}</th>
        ))}
      </tr>
    </thead>
    <tbody>
      {rows.map(([name, ...cells]) => (
        <tr>
          <th scope="row">{name}</th>
          {cells.map((cell) => (
            <td>{cell}</td>
          ))}
        </tr>
      ))}
    </tbody>
  </table>
)
