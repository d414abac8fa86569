CREATE TABLE `claims` (
	`id` integer PRIMARY KEY NOT NULL,
	`token` text NOT NULL,
	`deliveries` text NOT NULL,
	`lease_until` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `deliveries` ADD `indexed` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE `deliveries` SET indexed = 1 WHERE status IN ('queued', 'claimed') AND (not_before > 0 OR lane = 0);--> statement-breakpoint
INSERT INTO `state` (name, value, at)
SELECT 'settled-deliveries', json_object('upTo', coalesce(
  (SELECT min(id) - 1 FROM deliveries WHERE status IN ('queued', 'claimed') AND indexed = 0),
  (SELECT max(id) FROM deliveries), 0)), unixepoch() * 1000;--> statement-breakpoint
DROP INDEX `deliveries_open`;--> statement-breakpoint
CREATE INDEX `deliveries_indexed` ON `deliveries` (`lane`,`id`) WHERE indexed = 1 AND status IN ('queued', 'claimed');--> statement-breakpoint
CREATE VIEW `open_deliveries` AS WITH claimed AS MATERIALIZED (
  SELECT CAST(entry.value AS INTEGER) AS id, max(claims.lease_until) AS until
  FROM claims, json_each(claims.deliveries) AS entry GROUP BY 1)
SELECT open.id, chat_id, lane, not_before, reason, created_at, indexed,
  coalesce(claimed.until, CASE status WHEN 'claimed' THEN lease_until END) AS claimed_until
FROM (
  SELECT id, chat_id, lane, status, not_before, reason, created_at, lease_until, 0 AS indexed
  FROM deliveries WHERE indexed = 0 AND status IN ('queued', 'claimed')
    AND id > coalesce((SELECT value ->> 'upTo' FROM state WHERE name = 'settled-deliveries'), 0)
  UNION ALL
  SELECT id, chat_id, lane, status, not_before, reason, created_at, lease_until, 1
  FROM deliveries WHERE indexed = 1 AND status IN ('queued', 'claimed')
) AS open LEFT JOIN claimed ON claimed.id = open.id;
