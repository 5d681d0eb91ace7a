/** Questions in SQL that are asked of every session. */

export interface ReadyQuestion {
  readonly name: string;
  readonly about: string;
  readonly sql: string;
}

export const READY_QUESTIONS: readonly ReadyQuestion[] = [
  {
    name: 'worst-evictions',
    about: 'the ten evictions after which most faults had to bring mappings back, then by size',
    sql: `SELECT e.event, e.time_ns, e.object, e.for_object, e.task_name AS for_task, e.pages * 4096 AS bytes, e.to_placement,
  (SELECT count(*) FROM faults f WHERE f.object = e.object AND f.event > e.event
     AND f.event < coalesce((SELECT min(n.event) FROM evictions n WHERE n.object = e.object AND n.event > e.event), 9e18)) AS faults_after
FROM evictions e ORDER BY faults_after DESC, bytes DESC, e.event LIMIT 10`,
  },
  {
    name: 'who-thrashes',
    about: 'objects that were evicted and came back into video memory, with the number of times',
    sql: `SELECT object, count(*) FILTER (cause = 'evict') AS evicted,
  count(*) FILTER (to_placement = 'VRAM' AND from_placement IN ('TT', 'SYSTEM', 'SWAP')) AS came_back,
  sum(pages) FILTER (from_placement IS NOT NULL AND to_placement IS NOT NULL
    AND (from_placement = 'VRAM') <> (to_placement = 'VRAM')) * 4096 AS bytes_moved
FROM placements GROUP BY object HAVING evicted > 0 AND came_back > 0 ORDER BY came_back DESC, bytes_moved DESC, object`,
  },
  {
    name: 'bytes-per-process',
    about: 'bytes moved between memories on behalf of each process',
    sql: `SELECT task_name AS process, count(*) AS moves, sum(pages) * 4096 AS bytes_moved,
  count(*) FILTER (cause = 'evict') AS evictions
FROM placements WHERE from_placement IS NOT NULL AND to_placement IS NOT NULL AND from_placement <> to_placement
GROUP BY task, task_name ORDER BY bytes_moved DESC, process`,
  },
];
