CREATE TABLE partitions (
  partition INTEGER PRIMARY KEY CHECK (partition BETWEEN 0 AND 31),
  shard     TEXT    NOT NULL CHECK (shard <> '')
) STRICT;

INSERT INTO partitions (partition, shard) VALUES
  (0, 'SHARD_0'), (1, 'SHARD_1'), (2, 'SHARD_2'), (3, 'SHARD_3'),
  (4, 'SHARD_0'), (5, 'SHARD_1'), (6, 'SHARD_2'), (7, 'SHARD_3'),
  (8, 'SHARD_0'), (9, 'SHARD_1'), (10, 'SHARD_2'), (11, 'SHARD_3'),
  (12, 'SHARD_0'), (13, 'SHARD_1'), (14, 'SHARD_2'), (15, 'SHARD_3'),
  (16, 'SHARD_0'), (17, 'SHARD_1'), (18, 'SHARD_2'), (19, 'SHARD_3'),
  (20, 'SHARD_0'), (21, 'SHARD_1'), (22, 'SHARD_2'), (23, 'SHARD_3'),
  (24, 'SHARD_0'), (25, 'SHARD_1'), (26, 'SHARD_2'), (27, 'SHARD_3'),
  (28, 'SHARD_0'), (29, 'SHARD_1'), (30, 'SHARD_2'), (31, 'SHARD_3');
