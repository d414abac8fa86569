/** What is wrong with one field of a form that was sent. */
export interface FieldProblem {
  /** The field's name. */
  field: string
  text: string
}

type Problem = FieldProblem | undefined

/** The attributes of a field: one with a problem says so, names its text, and gets the focus. */
export const marked = (problem: Problem, field: string) =>
  problem?.field === field
    ? ({ 'aria-invalid': 'true', 'aria-describedby': `${field}-problem`, autofocus: true } as const)
    : {}

/** The text of the problem, at its field. */
export const ProblemText = ({ problem, field }: { problem: Problem; field: string }) =>
  problem?.field === field ? (
    <span id={`${field}-problem`} class="field-problem">
      {problem.text}
    </span>
  ) : null
