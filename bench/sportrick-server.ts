/**
 * The booking site in a process of its own, so that neither side waits for the other's work: prints its addresses as
 * one line of JSON, and ends when its standard input does. Argument: the simulator's options as JSON.
 */
import { startSportrickSimulator } from '../test/simulators/sportrick/simulator.ts'

const { base, ssoUrl, control, demo } = await startSportrickSimulator(JSON.parse(process.argv[2] ?? '{}'))
console.log(JSON.stringify({ base, ssoUrl, control, demo }))
process.stdin.resume().once('end', () => process.exit(0))
