CREATE TABLE `rate_limits` (
	`id` integer PRIMARY KEY NOT NULL,
	`used_until` integer NOT NULL,
	`refused` integer DEFAULT false NOT NULL
);
