DROP INDEX audit_logs_by_time;

DROP TABLE audit_logs;
