import { describe, expect, test } from 'vitest'
import { type Profile, sampledMs } from '../../bench/cpu/profiler.ts'

const OURS = 1
const IDLE = 2
const profile = (samples: number[], timeDeltas: number[]): Profile => ({
  nodes: [
    { id: OURS, callFrame: { functionName: 'work' } },
    { id: IDLE, callFrame: { functionName: '(idle)' } },
  ],
  samples,
  timeDeltas,
})

describe('the time that samples stand for', () => {
  test('is their spacing, without what V8 calls idle', () => {
    expect(sampledMs(profile([OURS, OURS, IDLE, OURS], [150, 150, 150, 150]))).toBeCloseTo(0.45)
  })

  test('does not contain the wait before a piece of work', () => {
    expect(sampledMs(profile([OURS, OURS, OURS, OURS], [150, 90_000, 150, 150]))).toBeCloseTo(0.6)
  })

  test('contains a delay of the sampler itself', () => {
    expect(sampledMs(profile([OURS, OURS, OURS, OURS], [150, 300, 150, 150]))).toBeCloseTo(0.75)
  })

  test('of nothing is nothing', () => {
    expect(sampledMs(profile([], []))).toBe(0)
  })
})
