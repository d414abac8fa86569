DROP VIEW `province_readings`;--> statement-breakpoint
CREATE VIEW `province_readings` AS WITH reading AS MATERIALIZED (
  SELECT entry.key AS code, entry.value AS value FROM state, json_each(state.value) AS entry
  WHERE state.name = 'province-readings')
SELECT provinces.code, watched_since, blind_since,
  max(coalesce(value ->> 'dueAt', 0), coalesce(provinces.last_attempt_at, 0) + 45000) AS due_at,
  max(coalesce(value ->> 'leaseUntil', 0), provinces.lease_until) AS lease_until, value ->> 'leaseToken' AS lease_token,
  value ->> 'lastReadAt' AS last_read_at, value ->> 'lastAttemptAt' AS last_attempt_at,
  coalesce(value ->> 'failures', 0) AS failures, value ->> 'lastFailure' AS last_failure,
  value ->> 'suspiciousSince' AS suspicious_since, coalesce(value ->> 'rounds', 0) AS rounds,
  value ->> 'foundAt' AS found_at, value ->> 'cost' AS cost, value ->> 'spentOn' AS spent_on,
  coalesce(value ->> 'spent', 0) AS spent
FROM provinces LEFT JOIN reading ON reading.code = provinces.code;