/**
 * Moves this realm's `Date` on by some milliseconds (negative: back); time passes as usual from there. Needs nothing of
 * its surroundings, so that pages and Workers can run it too. Moves add up.
 */
export function shiftDate(ms: number): void {
  const Real = Date
  const realNow = Real.now
  Real.now = () => realNow() + ms
  globalThis.Date = new Proxy(Real, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [Real.now()] : args, newTarget),
    apply: () => new Real(Real.now()).toString(),
  })
}
