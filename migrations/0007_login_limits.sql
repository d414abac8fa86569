CREATE TABLE `login_limits` (
	`key` text PRIMARY KEY NOT NULL,
	`count` integer NOT NULL,
	`open_at` integer NOT NULL,
	`alarming` integer NOT NULL,
	`at` integer NOT NULL
);
