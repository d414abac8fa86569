import { decimal, dollars, short } from '../words.ts'
import type { Shown } from './shown.ts'

/** What the month costs so far, line by line. */
export const BillSection = ({ site, texts, dashboard: { bill } }: Shown) => {
  const t = texts.bill
  const number = (value: number) => decimal(site.language, value, value < 100 ? 2 : 0)
  return (
    <section aria-labelledby="bill">
      <h2 id="bill">{t.heading}</h2>
      <p class="soft">{t.hint}</p>
      <section class="scroll" tabindex={0} aria-label={`${t.heading}, ${texts.table}`}>
        <table class="amounts">
          <thead>
            <tr>
              <th scope="col">{t.meter}</th>
              <th scope="col">{t.used}</th>
              <th scope="col">{t.included}</th>
              <th scope="col">{t.dollars}</th>
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">{t.base}</th>
              <td>–</td>
              <td>–</td>
              <td>{dollars(site.language, bill.base)}</td>
            </tr>
            {bill.lines.map((line) => (
              <tr>
                <th scope="row">{t.meters[line.meter]}</th>
                <td>{number(line.used)}</td>
                <td>{short(site.language, line.included)}</td>
                <td>{dollars(site.language, line.dollars)}</td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">{t.total}</th>
              <td />
              <td />
              <td>{dollars(site.language, bill.total)}</td>
            </tr>
          </tfoot>
        </table>
      </section>
    </section>
  )
}
