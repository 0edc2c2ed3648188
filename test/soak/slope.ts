/** What was measured after so many verifications. */
export interface Sample {
  readonly verifications: number
  readonly bytes: number
}

/** How many bytes more each verification takes: the slope of the line through the samples, by least squares. */
export function slopeOf(samples: readonly Sample[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const x = mean(samples.map(({ verifications }) => verifications))
  const y = mean(samples.map(({ bytes }) => bytes))
  const covariance = mean(samples.map((sample) => (sample.verifications - x) * (sample.bytes - y)))
  const variance = mean(samples.map((sample) => (sample.verifications - x) ** 2))
  return variance === 0 ? 0 : covariance / variance
}
