DROP INDEX events_by_time;

DROP TABLE events;
