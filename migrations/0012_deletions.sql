CREATE TABLE `deletions` (
	`hash` text PRIMARY KEY NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `deletions_at` ON `deletions` (`at`);