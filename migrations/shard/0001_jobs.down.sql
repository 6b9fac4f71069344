DROP INDEX jobs_by_status;

DROP INDEX jobs_by_creation;

DROP TABLE jobs;
