DROP TABLE partitions;
