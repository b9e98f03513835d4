-- hour sums
SELECT
  `t1`.`cell_id`,
  `t1`.`hour`,
  SUM(IF(NOT (
    `t1`.`suspect`
  ), `t1`.`period_s`, NULL)) AS `usable_s`,
  SUM(IF(`t1`.`suspect`, `t1`.`period_s`, NULL)) AS `suspect_s`,
  SUM(IF(NOT (
    `t1`.`suspect`
  ), `t1`.`traffic_chs`, NULL)) AS `traffic_chs`,
  SUM(IF(NOT (
    `t1`.`suspect`
  ), `t1`.`tch_attempts`, NULL)) AS `tch_attempts`,
  SUM(IF(NOT (
    `t1`.`suspect`
  ), `t1`.`tch_overflows`, NULL)) AS `tch_overflows`,
  SUM(IF(NOT (
    `t1`.`suspect`
  ), `t1`.`tch_seizures`, NULL)) AS `tch_seizures`,
  SUM(IF(NOT (
    `t1`.`suspect`
  ), `t1`.`handovers_in`, NULL)) AS `handovers_in`,
  SUM(IF(NOT (
    `t1`.`suspect`
  ), `t1`.`drops`, NULL)) AS `drops`,
  SUM(IF(NOT (
    `t1`.`suspect`
  ), `t1`.`sdcch_attempts`, NULL)) AS `sdcch_attempts`,
  SUM(IF(NOT (
    `t1`.`suspect`
  ), `t1`.`sdcch_overflows`, NULL)) AS `sdcch_overflows`,
  SUM(IF(NOT (
    `t1`.`suspect`
  ), `t1`.`sdcch_seizures`, NULL)) AS `sdcch_seizures`,
  SUM(IF(NOT (
    `t1`.`suspect`
  ), `t1`.`prb_used`, NULL)) AS `prb_used`,
  SUM(IF(NOT (
    `t1`.`suspect`
  ), `t1`.`prb_available`, NULL)) AS `prb_available`,
  SUM(IF(NOT (
    `t1`.`suspect`
  ), `t1`.`handovers_out_attempts`, NULL)) AS `handovers_out_attempts`,
  SUM(IF(NOT (
    `t1`.`suspect`
  ), `t1`.`handovers_out`, NULL)) AS `handovers_out`,
  SUM(IF(NOT (
    `t1`.`suspect`
  ), `t1`.`interference_samples`, NULL)) AS `interference_samples`,
  SUM(IF(NOT (
    `t1`.`suspect`
  ), `t1`.`interference_high_samples`, NULL)) AS `interference_high_samples`,
  SUM(IF(NOT (
    `t1`.`suspect`
  ), `t1`.`rrc_attempts`, NULL)) AS `rrc_attempts`,
  SUM(IF(NOT (
    `t1`.`suspect`
  ), `t1`.`rrc_successes`, NULL)) AS `rrc_successes`,
  SUM(IF(NOT (
    `t1`.`suspect`
  ), `t1`.`s1_attempts`, NULL)) AS `s1_attempts`,
  SUM(IF(NOT (
    `t1`.`suspect`
  ), `t1`.`s1_successes`, NULL)) AS `s1_successes`,
  SUM(IF(NOT (
    `t1`.`suspect`
  ), `t1`.`erab_attempts`, NULL)) AS `erab_attempts`,
  SUM(IF(NOT (
    `t1`.`suspect`
  ), `t1`.`erab_successes`, NULL)) AS `erab_successes`,
  SUM(IF(NOT (
    `t1`.`suspect`
  ), `t1`.`erab_releases`, NULL)) AS `erab_releases`,
  SUM(IF(NOT (
    `t1`.`suspect`
  ), `t1`.`erab_abnormal_releases`, NULL)) AS `erab_abnormal_releases`,
  SUM(IF(NOT (
    `t1`.`suspect`
  ), `t1`.`erab_session_s`, NULL)) AS `erab_session_s`,
  SUM(IF(NOT (
    `t1`.`suspect`
  ), `t1`.`dl_volume_kbit`, NULL)) AS `dl_volume_kbit`,
  SUM(IF(NOT (
    `t1`.`suspect`
  ), `t1`.`dl_time_ms`, NULL)) AS `dl_time_ms`,
  SUM(IF(NOT (
    `t1`.`suspect`
  ), `t1`.`unavailable_auto_s`, NULL)) AS `unavailable_auto_s`,
  SUM(IF(NOT (
    `t1`.`suspect`
  ), `t1`.`unavailable_manual_s`, NULL)) AS `unavailable_manual_s`
FROM (
  SELECT
    `t0`.`cell_id`,
    `t0`.`period_start_at`,
    `t0`.`period_s`,
    `t0`.`traffic_chs`,
    `t0`.`tch_attempts`,
    `t0`.`tch_overflows`,
    `t0`.`tch_seizures`,
    `t0`.`handovers_in`,
    `t0`.`drops`,
    `t0`.`handovers_out_attempts`,
    `t0`.`handovers_out`,
    `t0`.`interference_samples`,
    `t0`.`interference_high_samples`,
    `t0`.`sdcch_attempts`,
    `t0`.`sdcch_overflows`,
    `t0`.`sdcch_seizures`,
    `t0`.`rrc_attempts`,
    `t0`.`rrc_successes`,
    `t0`.`s1_attempts`,
    `t0`.`s1_successes`,
    `t0`.`erab_attempts`,
    `t0`.`erab_successes`,
    `t0`.`erab_releases`,
    `t0`.`erab_abnormal_releases`,
    `t0`.`erab_session_s`,
    `t0`.`dl_volume_kbit`,
    `t0`.`dl_time_ms`,
    `t0`.`prb_used`,
    `t0`.`prb_available`,
    `t0`.`unavailable_auto_s`,
    `t0`.`unavailable_manual_s`,
    COALESCE(`t0`.`suspect`, FALSE) AS `suspect`,
    CAST(FLOOR(
      (
        CAST(UNIX_TIMESTAMP(CAST(`t0`.`period_start_at` AS TIMESTAMP)) AS BIGINT) - 1773244800
      ) / (
        3600
      )
    ) AS BIGINT) AS `hour`
  FROM `cell_counters` AS `t0`
) AS `t1`
GROUP BY
  1,
  2;

-- cell hours
SELECT
  `t2`.`cell_id`,
  MAKE_DATE(2026, 3, 12) AS `day_on`,
  `t2`.`hour` + 492568 AS `hour_number`,
  `t2`.`traffic_chs`,
  `t2`.`drops`,
  `t2`.`tch_seizures`,
  `t2`.`handovers_in`,
  `t2`.`tch_overflows`,
  `t2`.`tch_attempts`
FROM (
  SELECT
    `t1`.`cell_id`,
    `t1`.`hour`,
    SUM(IF(NOT (
      `t1`.`suspect`
    ), `t1`.`period_s`, NULL)) AS `usable_s`,
    SUM(IF(`t1`.`suspect`, `t1`.`period_s`, NULL)) AS `suspect_s`,
    SUM(IF(NOT (
      `t1`.`suspect`
    ), `t1`.`traffic_chs`, NULL)) AS `traffic_chs`,
    SUM(IF(NOT (
      `t1`.`suspect`
    ), `t1`.`tch_attempts`, NULL)) AS `tch_attempts`,
    SUM(IF(NOT (
      `t1`.`suspect`
    ), `t1`.`tch_overflows`, NULL)) AS `tch_overflows`,
    SUM(IF(NOT (
      `t1`.`suspect`
    ), `t1`.`tch_seizures`, NULL)) AS `tch_seizures`,
    SUM(IF(NOT (
      `t1`.`suspect`
    ), `t1`.`handovers_in`, NULL)) AS `handovers_in`,
    SUM(IF(NOT (
      `t1`.`suspect`
    ), `t1`.`drops`, NULL)) AS `drops`,
    SUM(IF(NOT (
      `t1`.`suspect`
    ), `t1`.`sdcch_attempts`, NULL)) AS `sdcch_attempts`,
    SUM(IF(NOT (
      `t1`.`suspect`
    ), `t1`.`sdcch_overflows`, NULL)) AS `sdcch_overflows`,
    SUM(IF(NOT (
      `t1`.`suspect`
    ), `t1`.`sdcch_seizures`, NULL)) AS `sdcch_seizures`,
    SUM(IF(NOT (
      `t1`.`suspect`
    ), `t1`.`prb_used`, NULL)) AS `prb_used`,
    SUM(IF(NOT (
      `t1`.`suspect`
    ), `t1`.`prb_available`, NULL)) AS `prb_available`,
    SUM(IF(NOT (
      `t1`.`suspect`
    ), `t1`.`handovers_out_attempts`, NULL)) AS `handovers_out_attempts`,
    SUM(IF(NOT (
      `t1`.`suspect`
    ), `t1`.`handovers_out`, NULL)) AS `handovers_out`,
    SUM(IF(NOT (
      `t1`.`suspect`
    ), `t1`.`interference_samples`, NULL)) AS `interference_samples`,
    SUM(IF(NOT (
      `t1`.`suspect`
    ), `t1`.`interference_high_samples`, NULL)) AS `interference_high_samples`,
    SUM(IF(NOT (
      `t1`.`suspect`
    ), `t1`.`rrc_attempts`, NULL)) AS `rrc_attempts`,
    SUM(IF(NOT (
      `t1`.`suspect`
    ), `t1`.`rrc_successes`, NULL)) AS `rrc_successes`,
    SUM(IF(NOT (
      `t1`.`suspect`
    ), `t1`.`s1_attempts`, NULL)) AS `s1_attempts`,
    SUM(IF(NOT (
      `t1`.`suspect`
    ), `t1`.`s1_successes`, NULL)) AS `s1_successes`,
    SUM(IF(NOT (
      `t1`.`suspect`
    ), `t1`.`erab_attempts`, NULL)) AS `erab_attempts`,
    SUM(IF(NOT (
      `t1`.`suspect`
    ), `t1`.`erab_successes`, NULL)) AS `erab_successes`,
    SUM(IF(NOT (
      `t1`.`suspect`
    ), `t1`.`erab_releases`, NULL)) AS `erab_releases`,
    SUM(IF(NOT (
      `t1`.`suspect`
    ), `t1`.`erab_abnormal_releases`, NULL)) AS `erab_abnormal_releases`,
    SUM(IF(NOT (
      `t1`.`suspect`
    ), `t1`.`erab_session_s`, NULL)) AS `erab_session_s`,
    SUM(IF(NOT (
      `t1`.`suspect`
    ), `t1`.`dl_volume_kbit`, NULL)) AS `dl_volume_kbit`,
    SUM(IF(NOT (
      `t1`.`suspect`
    ), `t1`.`dl_time_ms`, NULL)) AS `dl_time_ms`,
    SUM(IF(NOT (
      `t1`.`suspect`
    ), `t1`.`unavailable_auto_s`, NULL)) AS `unavailable_auto_s`,
    SUM(IF(NOT (
      `t1`.`suspect`
    ), `t1`.`unavailable_manual_s`, NULL)) AS `unavailable_manual_s`
  FROM (
    SELECT
      `t0`.`cell_id`,
      `t0`.`period_start_at`,
      `t0`.`period_s`,
      `t0`.`traffic_chs`,
      `t0`.`tch_attempts`,
      `t0`.`tch_overflows`,
      `t0`.`tch_seizures`,
      `t0`.`handovers_in`,
      `t0`.`drops`,
      `t0`.`handovers_out_attempts`,
      `t0`.`handovers_out`,
      `t0`.`interference_samples`,
      `t0`.`interference_high_samples`,
      `t0`.`sdcch_attempts`,
      `t0`.`sdcch_overflows`,
      `t0`.`sdcch_seizures`,
      `t0`.`rrc_attempts`,
      `t0`.`rrc_successes`,
      `t0`.`s1_attempts`,
      `t0`.`s1_successes`,
      `t0`.`erab_attempts`,
      `t0`.`erab_successes`,
      `t0`.`erab_releases`,
      `t0`.`erab_abnormal_releases`,
      `t0`.`erab_session_s`,
      `t0`.`dl_volume_kbit`,
      `t0`.`dl_time_ms`,
      `t0`.`prb_used`,
      `t0`.`prb_available`,
      `t0`.`unavailable_auto_s`,
      `t0`.`unavailable_manual_s`,
      COALESCE(`t0`.`suspect`, FALSE) AS `suspect`,
      CAST(FLOOR(
        (
          CAST(UNIX_TIMESTAMP(CAST(`t0`.`period_start_at` AS TIMESTAMP)) AS BIGINT) - 1773244800
        ) / (
          3600
        )
      ) AS BIGINT) AS `hour`
    FROM `cell_counters` AS `t0`
  ) AS `t1`
  GROUP BY
    1,
    2
) AS `t2`
WHERE
  `t2`.`tch_seizures` IS NOT NULL;

-- cell days
WITH `t4` AS (
  SELECT
    `t3`.`cell_id`,
    `t3`.`hour`,
    SUM(IF(NOT (
      `t3`.`suspect`
    ), `t3`.`period_s`, NULL)) AS `usable_s`,
    SUM(IF(`t3`.`suspect`, `t3`.`period_s`, NULL)) AS `suspect_s`,
    SUM(IF(NOT (
      `t3`.`suspect`
    ), `t3`.`traffic_chs`, NULL)) AS `traffic_chs`,
    SUM(IF(NOT (
      `t3`.`suspect`
    ), `t3`.`tch_attempts`, NULL)) AS `tch_attempts`,
    SUM(IF(NOT (
      `t3`.`suspect`
    ), `t3`.`tch_overflows`, NULL)) AS `tch_overflows`,
    SUM(IF(NOT (
      `t3`.`suspect`
    ), `t3`.`tch_seizures`, NULL)) AS `tch_seizures`,
    SUM(IF(NOT (
      `t3`.`suspect`
    ), `t3`.`handovers_in`, NULL)) AS `handovers_in`,
    SUM(IF(NOT (
      `t3`.`suspect`
    ), `t3`.`drops`, NULL)) AS `drops`,
    SUM(IF(NOT (
      `t3`.`suspect`
    ), `t3`.`sdcch_attempts`, NULL)) AS `sdcch_attempts`,
    SUM(IF(NOT (
      `t3`.`suspect`
    ), `t3`.`sdcch_overflows`, NULL)) AS `sdcch_overflows`,
    SUM(IF(NOT (
      `t3`.`suspect`
    ), `t3`.`sdcch_seizures`, NULL)) AS `sdcch_seizures`,
    SUM(IF(NOT (
      `t3`.`suspect`
    ), `t3`.`prb_used`, NULL)) AS `prb_used`,
    SUM(IF(NOT (
      `t3`.`suspect`
    ), `t3`.`prb_available`, NULL)) AS `prb_available`,
    SUM(IF(NOT (
      `t3`.`suspect`
    ), `t3`.`handovers_out_attempts`, NULL)) AS `handovers_out_attempts`,
    SUM(IF(NOT (
      `t3`.`suspect`
    ), `t3`.`handovers_out`, NULL)) AS `handovers_out`,
    SUM(IF(NOT (
      `t3`.`suspect`
    ), `t3`.`interference_samples`, NULL)) AS `interference_samples`,
    SUM(IF(NOT (
      `t3`.`suspect`
    ), `t3`.`interference_high_samples`, NULL)) AS `interference_high_samples`,
    SUM(IF(NOT (
      `t3`.`suspect`
    ), `t3`.`rrc_attempts`, NULL)) AS `rrc_attempts`,
    SUM(IF(NOT (
      `t3`.`suspect`
    ), `t3`.`rrc_successes`, NULL)) AS `rrc_successes`,
    SUM(IF(NOT (
      `t3`.`suspect`
    ), `t3`.`s1_attempts`, NULL)) AS `s1_attempts`,
    SUM(IF(NOT (
      `t3`.`suspect`
    ), `t3`.`s1_successes`, NULL)) AS `s1_successes`,
    SUM(IF(NOT (
      `t3`.`suspect`
    ), `t3`.`erab_attempts`, NULL)) AS `erab_attempts`,
    SUM(IF(NOT (
      `t3`.`suspect`
    ), `t3`.`erab_successes`, NULL)) AS `erab_successes`,
    SUM(IF(NOT (
      `t3`.`suspect`
    ), `t3`.`erab_releases`, NULL)) AS `erab_releases`,
    SUM(IF(NOT (
      `t3`.`suspect`
    ), `t3`.`erab_abnormal_releases`, NULL)) AS `erab_abnormal_releases`,
    SUM(IF(NOT (
      `t3`.`suspect`
    ), `t3`.`erab_session_s`, NULL)) AS `erab_session_s`,
    SUM(IF(NOT (
      `t3`.`suspect`
    ), `t3`.`dl_volume_kbit`, NULL)) AS `dl_volume_kbit`,
    SUM(IF(NOT (
      `t3`.`suspect`
    ), `t3`.`dl_time_ms`, NULL)) AS `dl_time_ms`,
    SUM(IF(NOT (
      `t3`.`suspect`
    ), `t3`.`unavailable_auto_s`, NULL)) AS `unavailable_auto_s`,
    SUM(IF(NOT (
      `t3`.`suspect`
    ), `t3`.`unavailable_manual_s`, NULL)) AS `unavailable_manual_s`
  FROM (
    SELECT
      `t1`.`cell_id`,
      `t1`.`period_start_at`,
      `t1`.`period_s`,
      `t1`.`traffic_chs`,
      `t1`.`tch_attempts`,
      `t1`.`tch_overflows`,
      `t1`.`tch_seizures`,
      `t1`.`handovers_in`,
      `t1`.`drops`,
      `t1`.`handovers_out_attempts`,
      `t1`.`handovers_out`,
      `t1`.`interference_samples`,
      `t1`.`interference_high_samples`,
      `t1`.`sdcch_attempts`,
      `t1`.`sdcch_overflows`,
      `t1`.`sdcch_seizures`,
      `t1`.`rrc_attempts`,
      `t1`.`rrc_successes`,
      `t1`.`s1_attempts`,
      `t1`.`s1_successes`,
      `t1`.`erab_attempts`,
      `t1`.`erab_successes`,
      `t1`.`erab_releases`,
      `t1`.`erab_abnormal_releases`,
      `t1`.`erab_session_s`,
      `t1`.`dl_volume_kbit`,
      `t1`.`dl_time_ms`,
      `t1`.`prb_used`,
      `t1`.`prb_available`,
      `t1`.`unavailable_auto_s`,
      `t1`.`unavailable_manual_s`,
      COALESCE(`t1`.`suspect`, FALSE) AS `suspect`,
      CAST(FLOOR(
        (
          CAST(UNIX_TIMESTAMP(CAST(`t1`.`period_start_at` AS TIMESTAMP)) AS BIGINT) - 1773244800
        ) / (
          3600
        )
      ) AS BIGINT) AS `hour`
    FROM `cell_counters` AS `t1`
  ) AS `t3`
  GROUP BY
    1,
    2
)
SELECT
  `t15`.`cell_id`,
  `t15`.`site_id`,
  `t15`.`office_id`,
  `t15`.`staff_id`,
  `t15`.`technology`,
  `t15`.`day_on`,
  `t15`.`channels`,
  `t15`.`day_s`,
  COALESCE(`t15`.`usable_s`, 0) AS `usable_s`,
  COALESCE(`t15`.`suspect_s`, 0) AS `suspect_s`,
  `t15`.`busy_hour`,
  `t15`.`busy_traffic_chs`,
  `t15`.`busy_tch_attempts`,
  `t15`.`busy_tch_overflows`,
  `t15`.`busy_tch_seizures`,
  `t15`.`busy_handovers_in`,
  `t15`.`busy_drops`,
  `t15`.`busy_sdcch_attempts`,
  `t15`.`busy_sdcch_overflows`,
  `t15`.`busy_sdcch_seizures`,
  `t15`.`busy_prb_used`,
  `t15`.`busy_prb_available`,
  `t15`.`handovers_out_attempts`,
  `t15`.`handovers_out`,
  `t15`.`interference_samples`,
  `t15`.`interference_high_samples`,
  `t15`.`rrc_attempts`,
  `t15`.`rrc_successes`,
  `t15`.`s1_attempts`,
  `t15`.`s1_successes`,
  `t15`.`erab_attempts`,
  `t15`.`erab_successes`,
  `t15`.`erab_releases`,
  `t15`.`erab_abnormal_releases`,
  `t15`.`erab_session_s`,
  `t15`.`dl_volume_kbit`,
  `t15`.`dl_time_ms`,
  `t15`.`prb_used`,
  `t15`.`prb_available`,
  `t15`.`unavailable_auto_s`,
  `t15`.`unavailable_manual_s`
FROM (
  SELECT
    `t14`.`cell_id`,
    `t14`.`site_id`,
    `t14`.`office_id`,
    `t14`.`staff_id`,
    `t14`.`technology`,
    `t14`.`day_on`,
    `t14`.`day_s`,
    `t14`.`channels`,
    `t14`.`usable_s`,
    `t14`.`suspect_s`,
    `t14`.`handovers_out_attempts`,
    `t14`.`handovers_out`,
    `t14`.`interference_samples`,
    `t14`.`interference_high_samples`,
    `t14`.`rrc_attempts`,
    `t14`.`rrc_successes`,
    `t14`.`s1_attempts`,
    `t14`.`s1_successes`,
    `t14`.`erab_attempts`,
    `t14`.`erab_successes`,
    `t14`.`erab_releases`,
    `t14`.`erab_abnormal_releases`,
    `t14`.`erab_session_s`,
    `t14`.`dl_volume_kbit`,
    `t14`.`dl_time_ms`,
    `t14`.`prb_used`,
    `t14`.`prb_available`,
    `t14`.`unavailable_auto_s`,
    `t14`.`unavailable_manual_s`,
    `t14`.`busy_hour`,
    `t14`.`busy_traffic_chs`,
    `t14`.`busy_tch_attempts`,
    `t14`.`busy_tch_overflows`,
    `t14`.`busy_tch_seizures`,
    `t14`.`busy_handovers_in`,
    `t14`.`busy_drops`,
    `t14`.`busy_sdcch_attempts`,
    `t14`.`busy_sdcch_overflows`,
    `t14`.`busy_sdcch_seizures`,
    `t14`.`busy_prb_used`,
    `t14`.`busy_prb_available`
  FROM (
    SELECT
      `t11`.`cell_id`,
      `t11`.`site_id`,
      `t11`.`office_id`,
      `t11`.`staff_id`,
      `t11`.`technology`,
      `t11`.`day_on`,
      `t11`.`day_s`,
      `t11`.`channels`,
      `t11`.`usable_s`,
      `t11`.`suspect_s`,
      `t11`.`handovers_out_attempts`,
      `t11`.`handovers_out`,
      `t11`.`interference_samples`,
      `t11`.`interference_high_samples`,
      `t11`.`rrc_attempts`,
      `t11`.`rrc_successes`,
      `t11`.`s1_attempts`,
      `t11`.`s1_successes`,
      `t11`.`erab_attempts`,
      `t11`.`erab_successes`,
      `t11`.`erab_releases`,
      `t11`.`erab_abnormal_releases`,
      `t11`.`erab_session_s`,
      `t11`.`dl_volume_kbit`,
      `t11`.`dl_time_ms`,
      `t11`.`prb_used`,
      `t11`.`prb_available`,
      `t11`.`unavailable_auto_s`,
      `t11`.`unavailable_manual_s`,
      `t13`.`cell_id` AS `cell_id_right`,
      `t13`.`busy_hour`,
      `t13`.`busy_traffic_chs`,
      `t13`.`busy_tch_attempts`,
      `t13`.`busy_tch_overflows`,
      `t13`.`busy_tch_seizures`,
      `t13`.`busy_handovers_in`,
      `t13`.`busy_drops`,
      `t13`.`busy_sdcch_attempts`,
      `t13`.`busy_sdcch_overflows`,
      `t13`.`busy_sdcch_seizures`,
      `t13`.`busy_prb_used`,
      `t13`.`busy_prb_available`
    FROM (
      SELECT
        `t9`.`cell_id`,
        `t9`.`site_id`,
        `t9`.`office_id`,
        `t9`.`staff_id`,
        `t9`.`technology`,
        `t9`.`day_on`,
        `t9`.`day_s`,
        `t9`.`channels`,
        `t9`.`usable_s`,
        `t9`.`suspect_s`,
        `t9`.`handovers_out_attempts`,
        `t9`.`handovers_out`,
        `t9`.`interference_samples`,
        `t9`.`interference_high_samples`,
        `t9`.`rrc_attempts`,
        `t9`.`rrc_successes`,
        `t9`.`s1_attempts`,
        `t9`.`s1_successes`,
        `t9`.`erab_attempts`,
        `t9`.`erab_successes`,
        `t9`.`erab_releases`,
        `t9`.`erab_abnormal_releases`,
        `t9`.`erab_session_s`,
        `t9`.`dl_volume_kbit`,
        `t9`.`dl_time_ms`,
        `t9`.`prb_used`,
        `t9`.`prb_available`,
        `t9`.`unavailable_auto_s`,
        `t9`.`unavailable_manual_s`
      FROM (
        SELECT
          `t2`.`cell_id`,
          `t2`.`site_id`,
          `t2`.`office_id`,
          `t2`.`staff_id`,
          `t2`.`technology`,
          `t2`.`day_on`,
          `t2`.`day_s`,
          `t2`.`channels`,
          `t8`.`cell_id` AS `cell_id_right`,
          `t8`.`usable_s`,
          `t8`.`suspect_s`,
          `t8`.`handovers_out_attempts`,
          `t8`.`handovers_out`,
          `t8`.`interference_samples`,
          `t8`.`interference_high_samples`,
          `t8`.`rrc_attempts`,
          `t8`.`rrc_successes`,
          `t8`.`s1_attempts`,
          `t8`.`s1_successes`,
          `t8`.`erab_attempts`,
          `t8`.`erab_successes`,
          `t8`.`erab_releases`,
          `t8`.`erab_abnormal_releases`,
          `t8`.`erab_session_s`,
          `t8`.`dl_volume_kbit`,
          `t8`.`dl_time_ms`,
          `t8`.`prb_used`,
          `t8`.`prb_available`,
          `t8`.`unavailable_auto_s`,
          `t8`.`unavailable_manual_s`
        FROM `service` AS `t2`
        LEFT OUTER JOIN (
          SELECT
            `t5`.`cell_id`,
            SUM(`t5`.`usable_s`) AS `usable_s`,
            SUM(`t5`.`suspect_s`) AS `suspect_s`,
            SUM(`t5`.`handovers_out_attempts`) AS `handovers_out_attempts`,
            SUM(`t5`.`handovers_out`) AS `handovers_out`,
            SUM(`t5`.`interference_samples`) AS `interference_samples`,
            SUM(`t5`.`interference_high_samples`) AS `interference_high_samples`,
            SUM(`t5`.`rrc_attempts`) AS `rrc_attempts`,
            SUM(`t5`.`rrc_successes`) AS `rrc_successes`,
            SUM(`t5`.`s1_attempts`) AS `s1_attempts`,
            SUM(`t5`.`s1_successes`) AS `s1_successes`,
            SUM(`t5`.`erab_attempts`) AS `erab_attempts`,
            SUM(`t5`.`erab_successes`) AS `erab_successes`,
            SUM(`t5`.`erab_releases`) AS `erab_releases`,
            SUM(`t5`.`erab_abnormal_releases`) AS `erab_abnormal_releases`,
            SUM(`t5`.`erab_session_s`) AS `erab_session_s`,
            SUM(`t5`.`dl_volume_kbit`) AS `dl_volume_kbit`,
            SUM(`t5`.`dl_time_ms`) AS `dl_time_ms`,
            SUM(`t5`.`prb_used`) AS `prb_used`,
            SUM(`t5`.`prb_available`) AS `prb_available`,
            SUM(`t5`.`unavailable_auto_s`) AS `unavailable_auto_s`,
            SUM(`t5`.`unavailable_manual_s`) AS `unavailable_manual_s`
          FROM `t4` AS `t5`
          GROUP BY
            1
        ) AS `t8`
          ON `t2`.`cell_id` = `t8`.`cell_id`
      ) AS `t9`
    ) AS `t11`
    LEFT OUTER JOIN (
      SELECT
        `t7`.`cell_id`,
        LEAST(
          MAX_BY(`t7`.`hour`, (
            (
              (
                `t7`.`load` * 25
              ) + 25
            ) - 1
          ) - `t7`.`hour`),
          23
        ) AS `busy_hour`,
        MAX_BY(
          `t7`.`traffic_chs`,
          (
            (
              (
                `t7`.`load` * 25
              ) + 25
            ) - 1
          ) - `t7`.`hour`
        ) AS `busy_traffic_chs`,
        MAX_BY(
          `t7`.`tch_attempts`,
          (
            (
              (
                `t7`.`load` * 25
              ) + 25
            ) - 1
          ) - `t7`.`hour`
        ) AS `busy_tch_attempts`,
        MAX_BY(
          `t7`.`tch_overflows`,
          (
            (
              (
                `t7`.`load` * 25
              ) + 25
            ) - 1
          ) - `t7`.`hour`
        ) AS `busy_tch_overflows`,
        MAX_BY(
          `t7`.`tch_seizures`,
          (
            (
              (
                `t7`.`load` * 25
              ) + 25
            ) - 1
          ) - `t7`.`hour`
        ) AS `busy_tch_seizures`,
        MAX_BY(
          `t7`.`handovers_in`,
          (
            (
              (
                `t7`.`load` * 25
              ) + 25
            ) - 1
          ) - `t7`.`hour`
        ) AS `busy_handovers_in`,
        MAX_BY(
          `t7`.`drops`,
          (
            (
              (
                `t7`.`load` * 25
              ) + 25
            ) - 1
          ) - `t7`.`hour`
        ) AS `busy_drops`,
        MAX_BY(
          `t7`.`sdcch_attempts`,
          (
            (
              (
                `t7`.`load` * 25
              ) + 25
            ) - 1
          ) - `t7`.`hour`
        ) AS `busy_sdcch_attempts`,
        MAX_BY(
          `t7`.`sdcch_overflows`,
          (
            (
              (
                `t7`.`load` * 25
              ) + 25
            ) - 1
          ) - `t7`.`hour`
        ) AS `busy_sdcch_overflows`,
        MAX_BY(
          `t7`.`sdcch_seizures`,
          (
            (
              (
                `t7`.`load` * 25
              ) + 25
            ) - 1
          ) - `t7`.`hour`
        ) AS `busy_sdcch_seizures`,
        MAX_BY(
          `t7`.`prb_used`,
          (
            (
              (
                `t7`.`load` * 25
              ) + 25
            ) - 1
          ) - `t7`.`hour`
        ) AS `busy_prb_used`,
        MAX_BY(
          `t7`.`prb_available`,
          (
            (
              (
                `t7`.`load` * 25
              ) + 25
            ) - 1
          ) - `t7`.`hour`
        ) AS `busy_prb_available`
      FROM (
        SELECT
          `t5`.`cell_id`,
          `t5`.`hour`,
          `t5`.`usable_s`,
          `t5`.`suspect_s`,
          `t5`.`traffic_chs`,
          `t5`.`tch_attempts`,
          `t5`.`tch_overflows`,
          `t5`.`tch_seizures`,
          `t5`.`handovers_in`,
          `t5`.`drops`,
          `t5`.`sdcch_attempts`,
          `t5`.`sdcch_overflows`,
          `t5`.`sdcch_seizures`,
          `t5`.`prb_used`,
          `t5`.`prb_available`,
          `t5`.`handovers_out_attempts`,
          `t5`.`handovers_out`,
          `t5`.`interference_samples`,
          `t5`.`interference_high_samples`,
          `t5`.`rrc_attempts`,
          `t5`.`rrc_successes`,
          `t5`.`s1_attempts`,
          `t5`.`s1_successes`,
          `t5`.`erab_attempts`,
          `t5`.`erab_successes`,
          `t5`.`erab_releases`,
          `t5`.`erab_abnormal_releases`,
          `t5`.`erab_session_s`,
          `t5`.`dl_volume_kbit`,
          `t5`.`dl_time_ms`,
          `t5`.`unavailable_auto_s`,
          `t5`.`unavailable_manual_s`,
          COALESCE(`t5`.`traffic_chs`, `t5`.`prb_used`) AS `load`
        FROM `t4` AS `t5`
        WHERE
          COALESCE(`t5`.`traffic_chs`, `t5`.`prb_used`) IS NOT NULL
      ) AS `t7`
      GROUP BY
        1
    ) AS `t13`
      ON `t11`.`cell_id` = `t13`.`cell_id`
  ) AS `t14`
) AS `t15`;

-- bad hours
SELECT
  `t6`.`cell_id`,
  `t6`.`day_on`,
  'd' AS `rule`,
  `t6`.`hour_number` AS `index`
FROM (
  SELECT
    `t5`.`cell_id`,
    `t5`.`day_on`,
    `t5`.`hour_number`,
    `t5`.`traffic_chs`,
    `t5`.`drops`,
    `t5`.`tch_seizures`,
    `t5`.`handovers_in`,
    `t5`.`tch_overflows`,
    `t5`.`tch_attempts`,
    `t3`.`channel_days`
  FROM (
    SELECT
      *
    FROM `cell_hours` AS `t0`
    WHERE
      (
        `t0`.`drops` * 100000
      ) > (
        (
          `t0`.`tch_seizures` + `t0`.`handovers_in`
        ) * 2000
      )
  ) AS `t5`
  INNER JOIN (
    SELECT
      `t1`.`cell_id`,
      `t1`.`day_on`,
      `t1`.`channels` AS `channel_days`
    FROM `cell_days` AS `t1`
    WHERE
      `t1`.`technology` = 'GSM'
  ) AS `t3`
    ON `t5`.`cell_id` = `t3`.`cell_id` AND `t5`.`day_on` = `t3`.`day_on`
) AS `t6`
WHERE
  `t6`.`tch_seizures` > (
    1 * 20
  )
  AND (
    `t6`.`drops` * 100000
  ) > (
    (
      `t6`.`tch_seizures` + `t6`.`handovers_in`
    ) * 2000
  );

-- cell months
SELECT
  `t15`.`cell_id`,
  `t15`.`site_id`,
  `t15`.`office_id`,
  `t15`.`staff_id`,
  `t15`.`technology`,
  `t15`.`rated_days`,
  `t15`.`within_days`,
  `t15`.`first_on`,
  `t15`.`days`,
  `t15`.`suspect_days`,
  `t15`.`missing_days`,
  `t15`.`channel_days`,
  `t15`.`traffic_chs`,
  `t15`.`drops`,
  `t15`.`tch_seizures`,
  `t15`.`handovers_in`,
  `t15`.`tch_overflows`,
  `t15`.`tch_attempts`,
  `t15`.`within_often`,
  `t15`.`rule_a`,
  `t15`.`rule_b`,
  `t15`.`rule_c`,
  `t15`.`rule_d`,
  `t15`.`rule_e`,
  `t15`.`rule_e` AS `worst`
FROM (
  SELECT
    `t14`.`cell_id`,
    `t14`.`site_id`,
    `t14`.`office_id`,
    `t14`.`staff_id`,
    `t14`.`technology`,
    `t14`.`rated_days`,
    `t14`.`within_days`,
    `t14`.`first_on`,
    `t14`.`days`,
    `t14`.`suspect_days`,
    `t14`.`missing_days`,
    `t14`.`channel_days`,
    `t14`.`traffic_chs`,
    `t14`.`drops`,
    `t14`.`tch_seizures`,
    `t14`.`handovers_in`,
    `t14`.`tch_overflows`,
    `t14`.`tch_attempts`,
    `t14`.`within_often`,
    `t14`.`rule_a`,
    `t14`.`rule_b`,
    `t14`.`rule_c`,
    `t14`.`rule_d`,
    (
      (
        `t14`.`traffic_chs` * 1000
      ) > (
        `t14`.`channel_days` * 3600 * 120
      )
    )
    AND (
      (
        (
          `t14`.`drops` * 100000
        ) > (
          (
            `t14`.`tch_seizures` + `t14`.`handovers_in`
          ) * 3000
        )
      )
      OR (
        (
          `t14`.`tch_overflows` * 100000
        ) > (
          `t14`.`tch_attempts` * 5000
        )
      )
    ) AS `rule_e`
  FROM (
    SELECT
      `t13`.`cell_id`,
      `t13`.`site_id`,
      `t13`.`office_id`,
      `t13`.`staff_id`,
      `t13`.`technology`,
      `t13`.`rated_days`,
      `t13`.`within_days`,
      `t13`.`first_on`,
      `t13`.`days`,
      `t13`.`suspect_days`,
      `t13`.`missing_days`,
      `t13`.`channel_days`,
      `t13`.`traffic_chs`,
      `t13`.`drops`,
      `t13`.`tch_seizures`,
      `t13`.`handovers_in`,
      `t13`.`tch_overflows`,
      `t13`.`tch_attempts`,
      `t13`.`within_often`,
      `t13`.`rule_a`,
      `t13`.`rule_b`,
      `t13`.`rule_c`,
      `t13`.`rule_d`
    FROM (
      SELECT
        `t12`.`cell_id`,
        `t12`.`site_id`,
        `t12`.`office_id`,
        `t12`.`staff_id`,
        `t12`.`technology`,
        `t12`.`rated_days`,
        `t12`.`within_days`,
        `t12`.`first_on`,
        `t12`.`days`,
        `t12`.`suspect_days`,
        `t12`.`missing_days`,
        `t12`.`channel_days`,
        `t12`.`traffic_chs`,
        `t12`.`drops`,
        `t12`.`tch_seizures`,
        `t12`.`handovers_in`,
        `t12`.`tch_overflows`,
        `t12`.`tch_attempts`,
        `t12`.`within_often`,
        `t12`.`rule_a`,
        `t12`.`rule_b`,
        `t12`.`rule_c`,
        `t12`.`met`,
        COALESCE(`t12`.`met`, FALSE) AS `rule_d`
      FROM (
        SELECT
          `t11`.`cell_id`,
          `t11`.`site_id`,
          `t11`.`office_id`,
          `t11`.`staff_id`,
          `t11`.`technology`,
          `t11`.`rated_days`,
          `t11`.`within_days`,
          `t11`.`first_on`,
          `t11`.`days`,
          `t11`.`suspect_days`,
          `t11`.`missing_days`,
          `t11`.`channel_days`,
          `t11`.`traffic_chs`,
          `t11`.`drops`,
          `t11`.`tch_seizures`,
          `t11`.`handovers_in`,
          `t11`.`tch_overflows`,
          `t11`.`tch_attempts`,
          `t11`.`within_often`,
          `t11`.`rule_a`,
          `t11`.`rule_b`,
          `t11`.`rule_c`,
          `t11`.`met`
        FROM (
          SELECT
            `t10`.`cell_id`,
            `t10`.`site_id`,
            `t10`.`office_id`,
            `t10`.`staff_id`,
            `t10`.`technology`,
            `t10`.`rated_days`,
            `t10`.`within_days`,
            `t10`.`first_on`,
            `t10`.`days`,
            `t10`.`suspect_days`,
            `t10`.`missing_days`,
            `t10`.`channel_days`,
            `t10`.`traffic_chs`,
            `t10`.`drops`,
            `t10`.`tch_seizures`,
            `t10`.`handovers_in`,
            `t10`.`tch_overflows`,
            `t10`.`tch_attempts`,
            `t10`.`within_often`,
            `t10`.`rule_a`,
            `t10`.`rule_b`,
            `t10`.`rule_c`,
            `t7`.`cell_id` AS `cell_id_right`,
            `t7`.`met`
          FROM (
            SELECT
              `t8`.`cell_id`,
              `t8`.`site_id`,
              `t8`.`office_id`,
              `t8`.`staff_id`,
              `t8`.`technology`,
              `t8`.`rated_days`,
              `t8`.`within_days`,
              `t8`.`first_on`,
              `t8`.`days`,
              `t8`.`suspect_days`,
              `t8`.`missing_days`,
              `t8`.`channel_days`,
              `t8`.`traffic_chs`,
              `t8`.`drops`,
              `t8`.`tch_seizures`,
              `t8`.`handovers_in`,
              `t8`.`tch_overflows`,
              `t8`.`tch_attempts`,
              (
                `t8`.`within_days` * 100000
              ) >= (
                `t8`.`rated_days` * 90000
              ) AS `within_often`,
              (
                (
                  `t8`.`traffic_chs` * 1000
                ) >= (
                  `t8`.`channel_days` * 3600 * 100
                )
              )
              AND (
                (
                  `t8`.`traffic_chs` * 1000
                ) <= (
                  `t8`.`channel_days` * 3600 * 600
                )
              )
              AND (
                `t8`.`drops` > (
                  `t8`.`days` * 3
                )
              )
              AND (
                (
                  `t8`.`drops` * 100000
                ) > (
                  (
                    `t8`.`tch_seizures` + `t8`.`handovers_in`
                  ) * 3000
                )
              ) AS `rule_a`,
              (
                `t8`.`drops` * 100000
              ) > (
                (
                  `t8`.`tch_seizures` + `t8`.`handovers_in`
                ) * 3000
              ) AS `rule_b`,
              (
                (
                  `t8`.`traffic_chs` * 1000
                ) > (
                  `t8`.`days` * 9000000
                )
              )
              AND (
                (
                  `t8`.`drops` * 100000
                ) > (
                  (
                    `t8`.`tch_seizures` + `t8`.`handovers_in`
                  ) * 2500
                )
              ) AS `rule_c`
            FROM (
              SELECT
                `t2`.`cell_id`,
                `t2`.`site_id`,
                `t2`.`office_id`,
                `t2`.`staff_id`,
                `t2`.`technology`,
                SUM(
                  CASE
                    WHEN (
                      `t2`.`busy_drops` IS NOT NULL
                    )
                    AND (
                      (
                        `t2`.`busy_tch_seizures` + `t2`.`busy_handovers_in`
                      ) > 0
                    )
                    THEN 1
                    ELSE 0
                  END
                ) AS `rated_days`,
                SUM(
                  CASE
                    WHEN (
                      `t2`.`busy_drops` IS NOT NULL
                    )
                    AND (
                      (
                        `t2`.`busy_tch_seizures` + `t2`.`busy_handovers_in`
                      ) > 0
                    )
                    AND (
                      (
                        `t2`.`busy_drops` * 100000
                      ) <= (
                        (
                          `t2`.`busy_tch_seizures` + `t2`.`busy_handovers_in`
                        ) * 2000
                      )
                    )
                    THEN 1
                    ELSE 0
                  END
                ) AS `within_days`,
                MIN(DATE_TRUNC('month', `t2`.`day_on`)) AS `first_on`,
                SUM(
                  CASE
                    WHEN (
                      `t2`.`channels` + `t2`.`busy_traffic_chs` + `t2`.`busy_drops` + `t2`.`busy_tch_seizures` + `t2`.`busy_handovers_in` + `t2`.`busy_tch_overflows` + `t2`.`busy_tch_attempts`
                    ) IS NOT NULL
                    THEN 1
                    ELSE 0
                  END
                ) AS `days`,
                SUM(CASE WHEN `t2`.`suspect_s` > 0 THEN 1 ELSE 0 END) AS `suspect_days`,
                SUM(
                  CASE
                    WHEN NOT (
                      (
                        `t2`.`channels` + `t2`.`busy_traffic_chs` + `t2`.`busy_drops` + `t2`.`busy_tch_seizures` + `t2`.`busy_handovers_in` + `t2`.`busy_tch_overflows` + `t2`.`busy_tch_attempts`
                      ) IS NOT NULL
                    )
                    THEN 1
                    ELSE 0
                  END
                ) AS `missing_days`,
                SUM(
                  CASE
                    WHEN (
                      `t2`.`channels` + `t2`.`busy_traffic_chs` + `t2`.`busy_drops` + `t2`.`busy_tch_seizures` + `t2`.`busy_handovers_in` + `t2`.`busy_tch_overflows` + `t2`.`busy_tch_attempts`
                    ) IS NOT NULL
                    THEN 1
                    ELSE 0
                  END * COALESCE(`t2`.`channels`, 0)
                ) AS `channel_days`,
                SUM(
                  CASE
                    WHEN (
                      `t2`.`channels` + `t2`.`busy_traffic_chs` + `t2`.`busy_drops` + `t2`.`busy_tch_seizures` + `t2`.`busy_handovers_in` + `t2`.`busy_tch_overflows` + `t2`.`busy_tch_attempts`
                    ) IS NOT NULL
                    THEN 1
                    ELSE 0
                  END * COALESCE(`t2`.`busy_traffic_chs`, 0)
                ) AS `traffic_chs`,
                SUM(
                  CASE
                    WHEN (
                      `t2`.`channels` + `t2`.`busy_traffic_chs` + `t2`.`busy_drops` + `t2`.`busy_tch_seizures` + `t2`.`busy_handovers_in` + `t2`.`busy_tch_overflows` + `t2`.`busy_tch_attempts`
                    ) IS NOT NULL
                    THEN 1
                    ELSE 0
                  END * COALESCE(`t2`.`busy_drops`, 0)
                ) AS `drops`,
                SUM(
                  CASE
                    WHEN (
                      `t2`.`channels` + `t2`.`busy_traffic_chs` + `t2`.`busy_drops` + `t2`.`busy_tch_seizures` + `t2`.`busy_handovers_in` + `t2`.`busy_tch_overflows` + `t2`.`busy_tch_attempts`
                    ) IS NOT NULL
                    THEN 1
                    ELSE 0
                  END * COALESCE(`t2`.`busy_tch_seizures`, 0)
                ) AS `tch_seizures`,
                SUM(
                  CASE
                    WHEN (
                      `t2`.`channels` + `t2`.`busy_traffic_chs` + `t2`.`busy_drops` + `t2`.`busy_tch_seizures` + `t2`.`busy_handovers_in` + `t2`.`busy_tch_overflows` + `t2`.`busy_tch_attempts`
                    ) IS NOT NULL
                    THEN 1
                    ELSE 0
                  END * COALESCE(`t2`.`busy_handovers_in`, 0)
                ) AS `handovers_in`,
                SUM(
                  CASE
                    WHEN (
                      `t2`.`channels` + `t2`.`busy_traffic_chs` + `t2`.`busy_drops` + `t2`.`busy_tch_seizures` + `t2`.`busy_handovers_in` + `t2`.`busy_tch_overflows` + `t2`.`busy_tch_attempts`
                    ) IS NOT NULL
                    THEN 1
                    ELSE 0
                  END * COALESCE(`t2`.`busy_tch_overflows`, 0)
                ) AS `tch_overflows`,
                SUM(
                  CASE
                    WHEN (
                      `t2`.`channels` + `t2`.`busy_traffic_chs` + `t2`.`busy_drops` + `t2`.`busy_tch_seizures` + `t2`.`busy_handovers_in` + `t2`.`busy_tch_overflows` + `t2`.`busy_tch_attempts`
                    ) IS NOT NULL
                    THEN 1
                    ELSE 0
                  END * COALESCE(`t2`.`busy_tch_attempts`, 0)
                ) AS `tch_attempts`
              FROM (
                SELECT
                  *
                FROM `cell_days` AS `t0`
                WHERE
                  `t0`.`technology` = 'GSM'
              ) AS `t2`
              GROUP BY
                1,
                2,
                3,
                4,
                5
            ) AS `t8`
          ) AS `t10`
          LEFT OUTER JOIN (
            SELECT
              `t5`.`cell_id`,
              TRUE AS `met`
            FROM (
              SELECT DISTINCT
                `t4`.`cell_id`
              FROM (
                SELECT
                  `t3`.`cell_id`,
                  `t3`.`day_on`,
                  `t3`.`rule`,
                  `t3`.`index`,
                  COUNT(*) OVER (
                    PARTITION BY `t3`.`cell_id`
                    ORDER BY `t3`.`index` ASC NULLS LAST
                    RANGE BETWEEN 4 PRECEDING AND CURRENT ROW
                  ) AS `times`
                FROM (
                  SELECT
                    *
                  FROM `bad_hours` AS `t1`
                  WHERE
                    `t1`.`rule` = 'd'
                ) AS `t3`
              ) AS `t4`
              WHERE
                `t4`.`times` >= 3
            ) AS `t5`
          ) AS `t7`
            ON `t10`.`cell_id` = `t7`.`cell_id`
        ) AS `t11`
      ) AS `t12`
    ) AS `t13`
  ) AS `t14`
) AS `t15`;

-- days on which cells were worst
SELECT
  *
FROM (
  SELECT
    `t3`.`cell_id`,
    `t3`.`site_id`,
    COUNT(*) AS `met_days`,
    SUM(CAST(`t3`.`in_a_row` AS INT)) AS `streak_days`,
    MIN(`t3`.`day_on`) AS `since_on`,
    MAX(`t3`.`day_on`) AS `last_on`,
    ELEMENT_AT(ARRAY_SORT(COLLECT_LIST(`t3`.`day_on`)), 2 + 1) AS `enough_on`,
    SUM(`t3`.`traffic_chs`) AS `traffic_chs`,
    SUM(`t3`.`drops`) AS `drops`,
    SUM(`t3`.`tch_seizures`) AS `tch_seizures`,
    SUM(`t3`.`handovers_in`) AS `handovers_in`,
    SUM(`t3`.`tch_overflows`) AS `tch_overflows`,
    SUM(`t3`.`tch_attempts`) AS `tch_attempts`
  FROM (
    SELECT
      *
    FROM (
      SELECT
        `t1`.`cell_id`,
        `t1`.`site_id`,
        `t1`.`office_id`,
        `t1`.`staff_id`,
        `t1`.`technology`,
        `t1`.`day_on`,
        `t1`.`channels`,
        `t1`.`day_s`,
        `t1`.`usable_s`,
        `t1`.`suspect_s`,
        `t1`.`busy_hour`,
        `t1`.`busy_traffic_chs`,
        `t1`.`busy_tch_attempts`,
        `t1`.`busy_tch_overflows`,
        `t1`.`busy_tch_seizures`,
        `t1`.`busy_handovers_in`,
        `t1`.`busy_drops`,
        `t1`.`busy_sdcch_attempts`,
        `t1`.`busy_sdcch_overflows`,
        `t1`.`busy_sdcch_seizures`,
        `t1`.`busy_prb_used`,
        `t1`.`busy_prb_available`,
        `t1`.`handovers_out_attempts`,
        `t1`.`handovers_out`,
        `t1`.`interference_samples`,
        `t1`.`interference_high_samples`,
        `t1`.`rrc_attempts`,
        `t1`.`rrc_successes`,
        `t1`.`s1_attempts`,
        `t1`.`s1_successes`,
        `t1`.`erab_attempts`,
        `t1`.`erab_successes`,
        `t1`.`erab_releases`,
        `t1`.`erab_abnormal_releases`,
        `t1`.`erab_session_s`,
        `t1`.`dl_volume_kbit`,
        `t1`.`dl_time_ms`,
        `t1`.`prb_used`,
        `t1`.`prb_available`,
        `t1`.`unavailable_auto_s`,
        `t1`.`unavailable_manual_s`,
        `t1`.`days`,
        `t1`.`channel_days`,
        `t1`.`traffic_chs`,
        `t1`.`drops`,
        `t1`.`tch_seizures`,
        `t1`.`handovers_in`,
        `t1`.`tch_overflows`,
        `t1`.`tch_attempts`,
        `t1`.`worst`,
        (
          MAX(IF(NOT (
            `t1`.`worst`
          ), `t1`.`day_on`, NULL)) OVER (
            PARTITION BY `t1`.`cell_id`
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) IS NULL
        )
        OR (
          `t1`.`day_on` > MAX(IF(NOT (
            `t1`.`worst`
          ), `t1`.`day_on`, NULL)) OVER (
            PARTITION BY `t1`.`cell_id`
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          )
        ) AS `in_a_row`
      FROM (
        SELECT
          `t0`.`cell_id`,
          `t0`.`site_id`,
          `t0`.`office_id`,
          `t0`.`staff_id`,
          `t0`.`technology`,
          `t0`.`day_on`,
          `t0`.`channels`,
          `t0`.`day_s`,
          `t0`.`usable_s`,
          `t0`.`suspect_s`,
          `t0`.`busy_hour`,
          `t0`.`busy_traffic_chs`,
          `t0`.`busy_tch_attempts`,
          `t0`.`busy_tch_overflows`,
          `t0`.`busy_tch_seizures`,
          `t0`.`busy_handovers_in`,
          `t0`.`busy_drops`,
          `t0`.`busy_sdcch_attempts`,
          `t0`.`busy_sdcch_overflows`,
          `t0`.`busy_sdcch_seizures`,
          `t0`.`busy_prb_used`,
          `t0`.`busy_prb_available`,
          `t0`.`handovers_out_attempts`,
          `t0`.`handovers_out`,
          `t0`.`interference_samples`,
          `t0`.`interference_high_samples`,
          `t0`.`rrc_attempts`,
          `t0`.`rrc_successes`,
          `t0`.`s1_attempts`,
          `t0`.`s1_successes`,
          `t0`.`erab_attempts`,
          `t0`.`erab_successes`,
          `t0`.`erab_releases`,
          `t0`.`erab_abnormal_releases`,
          `t0`.`erab_session_s`,
          `t0`.`dl_volume_kbit`,
          `t0`.`dl_time_ms`,
          `t0`.`prb_used`,
          `t0`.`prb_available`,
          `t0`.`unavailable_auto_s`,
          `t0`.`unavailable_manual_s`,
          1 AS `days`,
          `t0`.`channels` AS `channel_days`,
          `t0`.`busy_traffic_chs` AS `traffic_chs`,
          `t0`.`busy_drops` AS `drops`,
          `t0`.`busy_tch_seizures` AS `tch_seizures`,
          `t0`.`busy_handovers_in` AS `handovers_in`,
          `t0`.`busy_tch_overflows` AS `tch_overflows`,
          `t0`.`busy_tch_attempts` AS `tch_attempts`,
          (
            (
              `t0`.`busy_traffic_chs` * 1000
            ) > (
              `t0`.`channels` * 3600 * 120
            )
          )
          AND (
            (
              (
                `t0`.`busy_drops` * 100000
              ) > (
                (
                  `t0`.`busy_tch_seizures` + `t0`.`busy_handovers_in`
                ) * 3000
              )
            )
            OR (
              (
                `t0`.`busy_tch_overflows` * 100000
              ) > (
                `t0`.`busy_tch_attempts` * 5000
              )
            )
          ) AS `worst`
        FROM `cell_days` AS `t0`
        WHERE
          `t0`.`technology` = 'GSM'
          AND (
            `t0`.`channels` + `t0`.`busy_traffic_chs` + `t0`.`busy_drops` + `t0`.`busy_tch_seizures` + `t0`.`busy_handovers_in` + `t0`.`busy_tch_overflows` + `t0`.`busy_tch_attempts`
          ) IS NOT NULL
      ) AS `t1`
    ) AS `t2`
    WHERE
      `t2`.`worst`
  ) AS `t3`
  GROUP BY
    1,
    2
) AS `t4`
WHERE
  `t4`.`met_days` >= 3
ORDER BY
  `t4`.`cell_id` ASC NULLS LAST;

-- loads
SELECT
  `t1`.`cell_id`,
  `t1`.`site_id`,
  `t1`.`office_id`,
  `t1`.`staff_id`,
  `t1`.`technology`,
  SUM(CASE WHEN (
    `t1`.`used` + `t1`.`available`
  ) IS NOT NULL THEN 1 ELSE 0 END) AS `days`,
  SUM(IF((
    `t1`.`used` + `t1`.`available`
  ) IS NOT NULL, `t1`.`used`, NULL)) AS `used`,
  SUM(IF((
    `t1`.`used` + `t1`.`available`
  ) IS NOT NULL, `t1`.`available`, NULL)) AS `available`,
  SUM(IF((
    `t1`.`used` + `t1`.`available`
  ) IS NOT NULL, `t1`.`channels`, NULL)) AS `channel_days`,
  SUM(
    IF(
      (
        (
          `t1`.`busy_tch_attempts` + `t1`.`busy_tch_overflows`
        ) IS NOT NULL
      )
      AND (
        (
          `t1`.`used` + `t1`.`available`
        ) IS NOT NULL
      ),
      `t1`.`busy_tch_attempts`,
      NULL
    )
  ) AS `tch_attempts`,
  SUM(
    IF(
      (
        (
          `t1`.`busy_tch_attempts` + `t1`.`busy_tch_overflows`
        ) IS NOT NULL
      )
      AND (
        (
          `t1`.`used` + `t1`.`available`
        ) IS NOT NULL
      ),
      `t1`.`busy_tch_overflows`,
      NULL
    )
  ) AS `tch_overflows`
FROM (
  SELECT
    `t0`.`cell_id`,
    `t0`.`site_id`,
    `t0`.`office_id`,
    `t0`.`staff_id`,
    `t0`.`technology`,
    `t0`.`day_on`,
    `t0`.`channels`,
    `t0`.`day_s`,
    `t0`.`usable_s`,
    `t0`.`suspect_s`,
    `t0`.`busy_hour`,
    `t0`.`busy_traffic_chs`,
    `t0`.`busy_tch_attempts`,
    `t0`.`busy_tch_overflows`,
    `t0`.`busy_tch_seizures`,
    `t0`.`busy_handovers_in`,
    `t0`.`busy_drops`,
    `t0`.`busy_sdcch_attempts`,
    `t0`.`busy_sdcch_overflows`,
    `t0`.`busy_sdcch_seizures`,
    `t0`.`busy_prb_used`,
    `t0`.`busy_prb_available`,
    `t0`.`handovers_out_attempts`,
    `t0`.`handovers_out`,
    `t0`.`interference_samples`,
    `t0`.`interference_high_samples`,
    `t0`.`rrc_attempts`,
    `t0`.`rrc_successes`,
    `t0`.`s1_attempts`,
    `t0`.`s1_successes`,
    `t0`.`erab_attempts`,
    `t0`.`erab_successes`,
    `t0`.`erab_releases`,
    `t0`.`erab_abnormal_releases`,
    `t0`.`erab_session_s`,
    `t0`.`dl_volume_kbit`,
    `t0`.`dl_time_ms`,
    `t0`.`prb_used`,
    `t0`.`prb_available`,
    `t0`.`unavailable_auto_s`,
    `t0`.`unavailable_manual_s`,
    IF(`t0`.`technology` = 'GSM', `t0`.`busy_traffic_chs`, `t0`.`busy_prb_used`) AS `used`,
    IF(`t0`.`technology` = 'GSM', `t0`.`channels` * 3600, `t0`.`busy_prb_available`) AS `available`
  FROM `cell_days` AS `t0`
) AS `t1`
GROUP BY
  1,
  2,
  3,
  4,
  5;

-- hours of the day
SELECT
  `t8`.`office_id`,
  `t8`.`hour`,
  COUNT(DISTINCT `t8`.`day_on`) AS `days`,
  SUM(`t8`.`traffic_chs`) AS `traffic_chs`,
  SUM(`t8`.`drops`) AS `drops`,
  SUM(`t8`.`tch_seizures`) AS `tch_seizures`,
  SUM(`t8`.`handovers_in`) AS `handovers_in`,
  SUM(`t8`.`tch_overflows`) AS `tch_overflows`,
  SUM(`t8`.`tch_attempts`) AS `tch_attempts`
FROM (
  SELECT
    `t7`.`cell_id`,
    `t7`.`day_on`,
    `t7`.`hour_number`,
    `t7`.`traffic_chs`,
    `t7`.`drops`,
    `t7`.`tch_seizures`,
    `t7`.`handovers_in`,
    `t7`.`tch_overflows`,
    `t7`.`tch_attempts`,
    `t7`.`office_id`,
    `t7`.`midnight_h`,
    `t7`.`hour_number` - `t7`.`midnight_h` AS `hour`
  FROM (
    SELECT
      `t3`.`cell_id`,
      `t3`.`day_on`,
      `t3`.`hour_number`,
      `t3`.`traffic_chs`,
      `t3`.`drops`,
      `t3`.`tch_seizures`,
      `t3`.`handovers_in`,
      `t3`.`tch_overflows`,
      `t3`.`tch_attempts`,
      `t6`.`office_id`,
      `t4`.`midnight_h`
    FROM `cell_hours` AS `t3`
    INNER JOIN (
      SELECT
        `t2`.`cell_id`,
        `t2`.`day_on`,
        `t2`.`office_id`
      FROM `cell_days` AS `t2`
    ) AS `t6`
      ON `t3`.`cell_id` = `t6`.`cell_id` AND `t3`.`day_on` = `t6`.`day_on`
    INNER JOIN `midnights` AS `t4`
      ON `t3`.`day_on` = `t4`.`day_on`
  ) AS `t7`
) AS `t8`
GROUP BY
  1,
  2;

-- measures of accessibility
SELECT
  `t11`.`part`,
  `t11`.`day_on`,
  `t11`.`office_id`,
  `t11`.`staff_id`,
  `t11`.`subject_id`,
  `t11`.`accessibility_numerator` AS `numerator`,
  `t11`.`accessibility_denominator` AS `denominator`,
  0.0 AS `excluded`,
  `t11`.`accessibility_suspect` AS `suspect`,
  `t11`.`accessibility_missing` AS `missing`,
  'accessibility' AS `kpi_id`,
  '1' AS `version`
FROM (
  SELECT
    `t10`.`part`,
    `t10`.`day_on`,
    `t10`.`office_id`,
    COALESCE(`t10`.`staff_id`, '') AS `staff_id`,
    `t10`.`cell_id` AS `subject_id`,
    CAST(SUM(`t10`.`accessibility_numerator`) AS DOUBLE) AS `accessibility_numerator`,
    CAST(SUM(`t10`.`accessibility_denominator`) AS DOUBLE) AS `accessibility_denominator`,
    CAST(SUM(`t10`.`accessibility_suspect`) AS DOUBLE) AS `accessibility_suspect`,
    CAST(SUM(`t10`.`accessibility_missing`) AS DOUBLE) AS `accessibility_missing`
  FROM (
    SELECT
      `t9`.`cell_id`,
      `t9`.`office_id`,
      `t9`.`staff_id`,
      `t9`.`technology`,
      CAST(`t9`.`day_on` AS DATE) AS `day_on`,
      `t9`.`suspect_s`,
      `t9`.`part`,
      `t9`.`attempts`,
      `t9`.`successes`,
      CASE WHEN (
        `t9`.`successes` + `t9`.`attempts`
      ) IS NOT NULL THEN 1 ELSE 0 END * COALESCE(`t9`.`successes`, 0) AS `accessibility_numerator`,
      CASE WHEN (
        `t9`.`successes` + `t9`.`attempts`
      ) IS NOT NULL THEN 1 ELSE 0 END * COALESCE(`t9`.`attempts`, 0) AS `accessibility_denominator`,
      CASE WHEN `t9`.`suspect_s` > 0 THEN 1 ELSE 0 END AS `accessibility_suspect`,
      CASE
        WHEN NOT (
          (
            `t9`.`successes` + `t9`.`attempts`
          ) IS NOT NULL
        )
        THEN 1
        ELSE 0
      END AS `accessibility_missing`
    FROM (
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            `t0`.`cell_id`,
            `t0`.`office_id`,
            `t0`.`staff_id`,
            `t0`.`technology`,
            `t0`.`day_on`,
            `t0`.`suspect_s`,
            'erab' AS `part`,
            `t0`.`erab_attempts` AS `attempts`,
            `t0`.`erab_successes` AS `successes`
          FROM `cell_days` AS `t0`
          WHERE
            `t0`.`technology` = 'LTE'
        ) AS `t1`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            `t0`.`cell_id`,
            `t0`.`office_id`,
            `t0`.`staff_id`,
            `t0`.`technology`,
            `t0`.`day_on`,
            `t0`.`suspect_s`,
            'sdcch' AS `part`,
            `t0`.`busy_sdcch_attempts` AS `attempts`,
            `t0`.`busy_sdcch_seizures` AS `successes`
          FROM `cell_days` AS `t0`
          WHERE
            `t0`.`technology` = 'GSM'
        ) AS `t4`
      ) AS `t7`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            `t0`.`cell_id`,
            `t0`.`office_id`,
            `t0`.`staff_id`,
            `t0`.`technology`,
            `t0`.`day_on`,
            `t0`.`suspect_s`,
            'tch' AS `part`,
            `t0`.`busy_tch_attempts` AS `attempts`,
            `t0`.`busy_tch_seizures` AS `successes`
          FROM `cell_days` AS `t0`
          WHERE
            `t0`.`technology` = 'GSM'
        ) AS `t5`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              `t0`.`cell_id`,
              `t0`.`office_id`,
              `t0`.`staff_id`,
              `t0`.`technology`,
              `t0`.`day_on`,
              `t0`.`suspect_s`,
              'rrc' AS `part`,
              `t0`.`rrc_attempts` AS `attempts`,
              `t0`.`rrc_successes` AS `successes`
            FROM `cell_days` AS `t0`
            WHERE
              `t0`.`technology` = 'LTE'
          ) AS `t2`
          UNION ALL
          SELECT
            *
          FROM (
            SELECT
              `t0`.`cell_id`,
              `t0`.`office_id`,
              `t0`.`staff_id`,
              `t0`.`technology`,
              `t0`.`day_on`,
              `t0`.`suspect_s`,
              's1' AS `part`,
              `t0`.`s1_attempts` AS `attempts`,
              `t0`.`s1_successes` AS `successes`
            FROM `cell_days` AS `t0`
            WHERE
              `t0`.`technology` = 'LTE'
          ) AS `t3`
        ) AS `t6`
      ) AS `t8`
    ) AS `t9`
    WHERE
      CAST(`t9`.`day_on` AS DATE) >= MAKE_DATE(2026, 3, 1)
      AND CAST(`t9`.`day_on` AS DATE) < MAKE_DATE(2026, 4, 1)
      AND `t9`.`technology` = 'LTE'
  ) AS `t10`
  GROUP BY
    1,
    2,
    3,
    4,
    5
) AS `t11`
WHERE
  (
    `t11`.`accessibility_numerator` + `t11`.`accessibility_denominator` + 0.0 + `t11`.`accessibility_suspect` + `t11`.`accessibility_missing`
  ) <> 0;

-- measures of call_setup
SELECT
  `t11`.`part`,
  `t11`.`day_on`,
  `t11`.`office_id`,
  `t11`.`staff_id`,
  `t11`.`subject_id`,
  `t11`.`call_setup_numerator` AS `numerator`,
  `t11`.`call_setup_denominator` AS `denominator`,
  0.0 AS `excluded`,
  `t11`.`call_setup_suspect` AS `suspect`,
  `t11`.`call_setup_missing` AS `missing`,
  'call_setup' AS `kpi_id`,
  '1' AS `version`
FROM (
  SELECT
    `t10`.`part`,
    `t10`.`day_on`,
    `t10`.`office_id`,
    COALESCE(`t10`.`staff_id`, '') AS `staff_id`,
    `t10`.`cell_id` AS `subject_id`,
    CAST(SUM(`t10`.`call_setup_numerator`) AS DOUBLE) AS `call_setup_numerator`,
    CAST(SUM(`t10`.`call_setup_denominator`) AS DOUBLE) AS `call_setup_denominator`,
    CAST(SUM(`t10`.`call_setup_suspect`) AS DOUBLE) AS `call_setup_suspect`,
    CAST(SUM(`t10`.`call_setup_missing`) AS DOUBLE) AS `call_setup_missing`
  FROM (
    SELECT
      `t9`.`cell_id`,
      `t9`.`office_id`,
      `t9`.`staff_id`,
      `t9`.`technology`,
      CAST(`t9`.`day_on` AS DATE) AS `day_on`,
      `t9`.`suspect_s`,
      `t9`.`part`,
      `t9`.`attempts`,
      `t9`.`successes`,
      CASE WHEN (
        `t9`.`successes` + `t9`.`attempts`
      ) IS NOT NULL THEN 1 ELSE 0 END * COALESCE(`t9`.`successes`, 0) AS `call_setup_numerator`,
      CASE WHEN (
        `t9`.`successes` + `t9`.`attempts`
      ) IS NOT NULL THEN 1 ELSE 0 END * COALESCE(`t9`.`attempts`, 0) AS `call_setup_denominator`,
      CASE WHEN `t9`.`suspect_s` > 0 THEN 1 ELSE 0 END AS `call_setup_suspect`,
      CASE
        WHEN NOT (
          (
            `t9`.`successes` + `t9`.`attempts`
          ) IS NOT NULL
        )
        THEN 1
        ELSE 0
      END AS `call_setup_missing`
    FROM (
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            `t0`.`cell_id`,
            `t0`.`office_id`,
            `t0`.`staff_id`,
            `t0`.`technology`,
            `t0`.`day_on`,
            `t0`.`suspect_s`,
            'erab' AS `part`,
            `t0`.`erab_attempts` AS `attempts`,
            `t0`.`erab_successes` AS `successes`
          FROM `cell_days` AS `t0`
          WHERE
            `t0`.`technology` = 'LTE'
        ) AS `t1`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            `t0`.`cell_id`,
            `t0`.`office_id`,
            `t0`.`staff_id`,
            `t0`.`technology`,
            `t0`.`day_on`,
            `t0`.`suspect_s`,
            'sdcch' AS `part`,
            `t0`.`busy_sdcch_attempts` AS `attempts`,
            `t0`.`busy_sdcch_seizures` AS `successes`
          FROM `cell_days` AS `t0`
          WHERE
            `t0`.`technology` = 'GSM'
        ) AS `t4`
      ) AS `t7`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            `t0`.`cell_id`,
            `t0`.`office_id`,
            `t0`.`staff_id`,
            `t0`.`technology`,
            `t0`.`day_on`,
            `t0`.`suspect_s`,
            'tch' AS `part`,
            `t0`.`busy_tch_attempts` AS `attempts`,
            `t0`.`busy_tch_seizures` AS `successes`
          FROM `cell_days` AS `t0`
          WHERE
            `t0`.`technology` = 'GSM'
        ) AS `t5`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              `t0`.`cell_id`,
              `t0`.`office_id`,
              `t0`.`staff_id`,
              `t0`.`technology`,
              `t0`.`day_on`,
              `t0`.`suspect_s`,
              'rrc' AS `part`,
              `t0`.`rrc_attempts` AS `attempts`,
              `t0`.`rrc_successes` AS `successes`
            FROM `cell_days` AS `t0`
            WHERE
              `t0`.`technology` = 'LTE'
          ) AS `t2`
          UNION ALL
          SELECT
            *
          FROM (
            SELECT
              `t0`.`cell_id`,
              `t0`.`office_id`,
              `t0`.`staff_id`,
              `t0`.`technology`,
              `t0`.`day_on`,
              `t0`.`suspect_s`,
              's1' AS `part`,
              `t0`.`s1_attempts` AS `attempts`,
              `t0`.`s1_successes` AS `successes`
            FROM `cell_days` AS `t0`
            WHERE
              `t0`.`technology` = 'LTE'
          ) AS `t3`
        ) AS `t6`
      ) AS `t8`
    ) AS `t9`
    WHERE
      CAST(`t9`.`day_on` AS DATE) >= MAKE_DATE(2026, 3, 1)
      AND CAST(`t9`.`day_on` AS DATE) < MAKE_DATE(2026, 4, 1)
      AND `t9`.`technology` = 'GSM'
  ) AS `t10`
  GROUP BY
    1,
    2,
    3,
    4,
    5
) AS `t11`
WHERE
  (
    `t11`.`call_setup_numerator` + `t11`.`call_setup_denominator` + 0.0 + `t11`.`call_setup_suspect` + `t11`.`call_setup_missing`
  ) <> 0;

-- measures of tch_drop_rate
SELECT
  `t2`.`part`,
  `t2`.`day_on`,
  `t2`.`office_id`,
  `t2`.`staff_id`,
  `t2`.`subject_id`,
  `t2`.`tch_drop_rate_numerator` AS `numerator`,
  `t2`.`tch_drop_rate_denominator` AS `denominator`,
  0.0 AS `excluded`,
  `t2`.`tch_drop_rate_suspect` AS `suspect`,
  `t2`.`tch_drop_rate_missing` AS `missing`,
  'tch_drop_rate' AS `kpi_id`,
  '1' AS `version`
FROM (
  SELECT
    '' AS `part`,
    `t1`.`day_on`,
    `t1`.`office_id`,
    COALESCE(`t1`.`staff_id`, '') AS `staff_id`,
    `t1`.`cell_id` AS `subject_id`,
    CAST(SUM(`t1`.`tch_drop_rate_numerator`) AS DOUBLE) AS `tch_drop_rate_numerator`,
    CAST(SUM(`t1`.`tch_drop_rate_denominator`) AS DOUBLE) AS `tch_drop_rate_denominator`,
    CAST(SUM(`t1`.`tch_drop_rate_suspect`) AS DOUBLE) AS `tch_drop_rate_suspect`,
    CAST(SUM(`t1`.`tch_drop_rate_missing`) AS DOUBLE) AS `tch_drop_rate_missing`
  FROM (
    SELECT
      `t0`.`cell_id`,
      `t0`.`site_id`,
      `t0`.`office_id`,
      `t0`.`staff_id`,
      `t0`.`technology`,
      CAST(`t0`.`day_on` AS DATE) AS `day_on`,
      `t0`.`channels`,
      `t0`.`day_s`,
      `t0`.`usable_s`,
      `t0`.`suspect_s`,
      `t0`.`busy_hour`,
      `t0`.`busy_traffic_chs`,
      `t0`.`busy_tch_attempts`,
      `t0`.`busy_tch_overflows`,
      `t0`.`busy_tch_seizures`,
      `t0`.`busy_handovers_in`,
      `t0`.`busy_drops`,
      `t0`.`busy_sdcch_attempts`,
      `t0`.`busy_sdcch_overflows`,
      `t0`.`busy_sdcch_seizures`,
      `t0`.`busy_prb_used`,
      `t0`.`busy_prb_available`,
      `t0`.`handovers_out_attempts`,
      `t0`.`handovers_out`,
      `t0`.`interference_samples`,
      `t0`.`interference_high_samples`,
      `t0`.`rrc_attempts`,
      `t0`.`rrc_successes`,
      `t0`.`s1_attempts`,
      `t0`.`s1_successes`,
      `t0`.`erab_attempts`,
      `t0`.`erab_successes`,
      `t0`.`erab_releases`,
      `t0`.`erab_abnormal_releases`,
      `t0`.`erab_session_s`,
      `t0`.`dl_volume_kbit`,
      `t0`.`dl_time_ms`,
      `t0`.`prb_used`,
      `t0`.`prb_available`,
      `t0`.`unavailable_auto_s`,
      `t0`.`unavailable_manual_s`,
      CASE
        WHEN (
          `t0`.`busy_drops` + (
            `t0`.`busy_tch_seizures` + `t0`.`busy_handovers_in`
          )
        ) IS NOT NULL
        THEN 1
        ELSE 0
      END * COALESCE(`t0`.`busy_drops`, 0) AS `tch_drop_rate_numerator`,
      CASE
        WHEN (
          `t0`.`busy_drops` + (
            `t0`.`busy_tch_seizures` + `t0`.`busy_handovers_in`
          )
        ) IS NOT NULL
        THEN 1
        ELSE 0
      END * COALESCE(`t0`.`busy_tch_seizures` + `t0`.`busy_handovers_in`, 0) AS `tch_drop_rate_denominator`,
      CASE WHEN `t0`.`suspect_s` > 0 THEN 1 ELSE 0 END AS `tch_drop_rate_suspect`,
      CASE
        WHEN NOT (
          (
            `t0`.`busy_drops` + (
              `t0`.`busy_tch_seizures` + `t0`.`busy_handovers_in`
            )
          ) IS NOT NULL
        )
        THEN 1
        ELSE 0
      END AS `tch_drop_rate_missing`
    FROM `cell_days` AS `t0`
    WHERE
      CAST(`t0`.`day_on` AS DATE) >= MAKE_DATE(2026, 3, 1)
      AND CAST(`t0`.`day_on` AS DATE) < MAKE_DATE(2026, 4, 1)
      AND `t0`.`technology` = 'GSM'
  ) AS `t1`
  GROUP BY
    1,
    2,
    3,
    4,
    5
) AS `t2`
WHERE
  (
    `t2`.`tch_drop_rate_numerator` + `t2`.`tch_drop_rate_denominator` + 0.0 + `t2`.`tch_drop_rate_suspect` + `t2`.`tch_drop_rate_missing`
  ) <> 0;

-- measures of tch_drop_rate_without_handover
SELECT
  `t2`.`part`,
  `t2`.`day_on`,
  `t2`.`office_id`,
  `t2`.`staff_id`,
  `t2`.`subject_id`,
  `t2`.`tch_drop_rate_without_handover_numerator` AS `numerator`,
  `t2`.`tch_drop_rate_without_handover_denominator` AS `denominator`,
  0.0 AS `excluded`,
  `t2`.`tch_drop_rate_without_handover_suspect` AS `suspect`,
  `t2`.`tch_drop_rate_without_handover_missing` AS `missing`,
  'tch_drop_rate_without_handover' AS `kpi_id`,
  '1' AS `version`
FROM (
  SELECT
    '' AS `part`,
    `t1`.`day_on`,
    `t1`.`office_id`,
    COALESCE(`t1`.`staff_id`, '') AS `staff_id`,
    `t1`.`cell_id` AS `subject_id`,
    CAST(SUM(`t1`.`tch_drop_rate_without_handover_numerator`) AS DOUBLE) AS `tch_drop_rate_without_handover_numerator`,
    CAST(SUM(`t1`.`tch_drop_rate_without_handover_denominator`) AS DOUBLE) AS `tch_drop_rate_without_handover_denominator`,
    CAST(SUM(`t1`.`tch_drop_rate_without_handover_suspect`) AS DOUBLE) AS `tch_drop_rate_without_handover_suspect`,
    CAST(SUM(`t1`.`tch_drop_rate_without_handover_missing`) AS DOUBLE) AS `tch_drop_rate_without_handover_missing`
  FROM (
    SELECT
      `t0`.`cell_id`,
      `t0`.`site_id`,
      `t0`.`office_id`,
      `t0`.`staff_id`,
      `t0`.`technology`,
      CAST(`t0`.`day_on` AS DATE) AS `day_on`,
      `t0`.`channels`,
      `t0`.`day_s`,
      `t0`.`usable_s`,
      `t0`.`suspect_s`,
      `t0`.`busy_hour`,
      `t0`.`busy_traffic_chs`,
      `t0`.`busy_tch_attempts`,
      `t0`.`busy_tch_overflows`,
      `t0`.`busy_tch_seizures`,
      `t0`.`busy_handovers_in`,
      `t0`.`busy_drops`,
      `t0`.`busy_sdcch_attempts`,
      `t0`.`busy_sdcch_overflows`,
      `t0`.`busy_sdcch_seizures`,
      `t0`.`busy_prb_used`,
      `t0`.`busy_prb_available`,
      `t0`.`handovers_out_attempts`,
      `t0`.`handovers_out`,
      `t0`.`interference_samples`,
      `t0`.`interference_high_samples`,
      `t0`.`rrc_attempts`,
      `t0`.`rrc_successes`,
      `t0`.`s1_attempts`,
      `t0`.`s1_successes`,
      `t0`.`erab_attempts`,
      `t0`.`erab_successes`,
      `t0`.`erab_releases`,
      `t0`.`erab_abnormal_releases`,
      `t0`.`erab_session_s`,
      `t0`.`dl_volume_kbit`,
      `t0`.`dl_time_ms`,
      `t0`.`prb_used`,
      `t0`.`prb_available`,
      `t0`.`unavailable_auto_s`,
      `t0`.`unavailable_manual_s`,
      CASE
        WHEN (
          `t0`.`busy_drops` + `t0`.`busy_tch_seizures`
        ) IS NOT NULL
        THEN 1
        ELSE 0
      END * COALESCE(`t0`.`busy_drops`, 0) AS `tch_drop_rate_without_handover_numerator`,
      CASE
        WHEN (
          `t0`.`busy_drops` + `t0`.`busy_tch_seizures`
        ) IS NOT NULL
        THEN 1
        ELSE 0
      END * COALESCE(`t0`.`busy_tch_seizures`, 0) AS `tch_drop_rate_without_handover_denominator`,
      CASE WHEN `t0`.`suspect_s` > 0 THEN 1 ELSE 0 END AS `tch_drop_rate_without_handover_suspect`,
      CASE
        WHEN NOT (
          (
            `t0`.`busy_drops` + `t0`.`busy_tch_seizures`
          ) IS NOT NULL
        )
        THEN 1
        ELSE 0
      END AS `tch_drop_rate_without_handover_missing`
    FROM `cell_days` AS `t0`
    WHERE
      CAST(`t0`.`day_on` AS DATE) >= MAKE_DATE(2026, 3, 1)
      AND CAST(`t0`.`day_on` AS DATE) < MAKE_DATE(2026, 4, 1)
      AND `t0`.`technology` = 'GSM'
  ) AS `t1`
  GROUP BY
    1,
    2,
    3,
    4,
    5
) AS `t2`
WHERE
  (
    `t2`.`tch_drop_rate_without_handover_numerator` + `t2`.`tch_drop_rate_without_handover_denominator` + 0.0 + `t2`.`tch_drop_rate_without_handover_suspect` + `t2`.`tch_drop_rate_without_handover_missing`
  ) <> 0;

-- measures of tch_congestion
SELECT
  `t2`.`part`,
  `t2`.`day_on`,
  `t2`.`office_id`,
  `t2`.`staff_id`,
  `t2`.`subject_id`,
  `t2`.`tch_congestion_numerator` AS `numerator`,
  `t2`.`tch_congestion_denominator` AS `denominator`,
  0.0 AS `excluded`,
  `t2`.`tch_congestion_suspect` AS `suspect`,
  `t2`.`tch_congestion_missing` AS `missing`,
  'tch_congestion' AS `kpi_id`,
  '1' AS `version`
FROM (
  SELECT
    '' AS `part`,
    `t1`.`day_on`,
    `t1`.`office_id`,
    COALESCE(`t1`.`staff_id`, '') AS `staff_id`,
    `t1`.`cell_id` AS `subject_id`,
    CAST(SUM(`t1`.`tch_congestion_numerator`) AS DOUBLE) AS `tch_congestion_numerator`,
    CAST(SUM(`t1`.`tch_congestion_denominator`) AS DOUBLE) AS `tch_congestion_denominator`,
    CAST(SUM(`t1`.`tch_congestion_suspect`) AS DOUBLE) AS `tch_congestion_suspect`,
    CAST(SUM(`t1`.`tch_congestion_missing`) AS DOUBLE) AS `tch_congestion_missing`
  FROM (
    SELECT
      `t0`.`cell_id`,
      `t0`.`site_id`,
      `t0`.`office_id`,
      `t0`.`staff_id`,
      `t0`.`technology`,
      CAST(`t0`.`day_on` AS DATE) AS `day_on`,
      `t0`.`channels`,
      `t0`.`day_s`,
      `t0`.`usable_s`,
      `t0`.`suspect_s`,
      `t0`.`busy_hour`,
      `t0`.`busy_traffic_chs`,
      `t0`.`busy_tch_attempts`,
      `t0`.`busy_tch_overflows`,
      `t0`.`busy_tch_seizures`,
      `t0`.`busy_handovers_in`,
      `t0`.`busy_drops`,
      `t0`.`busy_sdcch_attempts`,
      `t0`.`busy_sdcch_overflows`,
      `t0`.`busy_sdcch_seizures`,
      `t0`.`busy_prb_used`,
      `t0`.`busy_prb_available`,
      `t0`.`handovers_out_attempts`,
      `t0`.`handovers_out`,
      `t0`.`interference_samples`,
      `t0`.`interference_high_samples`,
      `t0`.`rrc_attempts`,
      `t0`.`rrc_successes`,
      `t0`.`s1_attempts`,
      `t0`.`s1_successes`,
      `t0`.`erab_attempts`,
      `t0`.`erab_successes`,
      `t0`.`erab_releases`,
      `t0`.`erab_abnormal_releases`,
      `t0`.`erab_session_s`,
      `t0`.`dl_volume_kbit`,
      `t0`.`dl_time_ms`,
      `t0`.`prb_used`,
      `t0`.`prb_available`,
      `t0`.`unavailable_auto_s`,
      `t0`.`unavailable_manual_s`,
      CASE
        WHEN (
          `t0`.`busy_tch_overflows` + `t0`.`busy_tch_attempts`
        ) IS NOT NULL
        THEN 1
        ELSE 0
      END * COALESCE(`t0`.`busy_tch_overflows`, 0) AS `tch_congestion_numerator`,
      CASE
        WHEN (
          `t0`.`busy_tch_overflows` + `t0`.`busy_tch_attempts`
        ) IS NOT NULL
        THEN 1
        ELSE 0
      END * COALESCE(`t0`.`busy_tch_attempts`, 0) AS `tch_congestion_denominator`,
      CASE WHEN `t0`.`suspect_s` > 0 THEN 1 ELSE 0 END AS `tch_congestion_suspect`,
      CASE
        WHEN NOT (
          (
            `t0`.`busy_tch_overflows` + `t0`.`busy_tch_attempts`
          ) IS NOT NULL
        )
        THEN 1
        ELSE 0
      END AS `tch_congestion_missing`
    FROM `cell_days` AS `t0`
    WHERE
      CAST(`t0`.`day_on` AS DATE) >= MAKE_DATE(2026, 3, 1)
      AND CAST(`t0`.`day_on` AS DATE) < MAKE_DATE(2026, 4, 1)
      AND `t0`.`technology` = 'GSM'
  ) AS `t1`
  GROUP BY
    1,
    2,
    3,
    4,
    5
) AS `t2`
WHERE
  (
    `t2`.`tch_congestion_numerator` + `t2`.`tch_congestion_denominator` + 0.0 + `t2`.`tch_congestion_suspect` + `t2`.`tch_congestion_missing`
  ) <> 0;

-- measures of sdcch_congestion
SELECT
  `t2`.`part`,
  `t2`.`day_on`,
  `t2`.`office_id`,
  `t2`.`staff_id`,
  `t2`.`subject_id`,
  `t2`.`sdcch_congestion_numerator` AS `numerator`,
  `t2`.`sdcch_congestion_denominator` AS `denominator`,
  0.0 AS `excluded`,
  `t2`.`sdcch_congestion_suspect` AS `suspect`,
  `t2`.`sdcch_congestion_missing` AS `missing`,
  'sdcch_congestion' AS `kpi_id`,
  '1' AS `version`
FROM (
  SELECT
    '' AS `part`,
    `t1`.`day_on`,
    `t1`.`office_id`,
    COALESCE(`t1`.`staff_id`, '') AS `staff_id`,
    `t1`.`cell_id` AS `subject_id`,
    CAST(SUM(`t1`.`sdcch_congestion_numerator`) AS DOUBLE) AS `sdcch_congestion_numerator`,
    CAST(SUM(`t1`.`sdcch_congestion_denominator`) AS DOUBLE) AS `sdcch_congestion_denominator`,
    CAST(SUM(`t1`.`sdcch_congestion_suspect`) AS DOUBLE) AS `sdcch_congestion_suspect`,
    CAST(SUM(`t1`.`sdcch_congestion_missing`) AS DOUBLE) AS `sdcch_congestion_missing`
  FROM (
    SELECT
      `t0`.`cell_id`,
      `t0`.`site_id`,
      `t0`.`office_id`,
      `t0`.`staff_id`,
      `t0`.`technology`,
      CAST(`t0`.`day_on` AS DATE) AS `day_on`,
      `t0`.`channels`,
      `t0`.`day_s`,
      `t0`.`usable_s`,
      `t0`.`suspect_s`,
      `t0`.`busy_hour`,
      `t0`.`busy_traffic_chs`,
      `t0`.`busy_tch_attempts`,
      `t0`.`busy_tch_overflows`,
      `t0`.`busy_tch_seizures`,
      `t0`.`busy_handovers_in`,
      `t0`.`busy_drops`,
      `t0`.`busy_sdcch_attempts`,
      `t0`.`busy_sdcch_overflows`,
      `t0`.`busy_sdcch_seizures`,
      `t0`.`busy_prb_used`,
      `t0`.`busy_prb_available`,
      `t0`.`handovers_out_attempts`,
      `t0`.`handovers_out`,
      `t0`.`interference_samples`,
      `t0`.`interference_high_samples`,
      `t0`.`rrc_attempts`,
      `t0`.`rrc_successes`,
      `t0`.`s1_attempts`,
      `t0`.`s1_successes`,
      `t0`.`erab_attempts`,
      `t0`.`erab_successes`,
      `t0`.`erab_releases`,
      `t0`.`erab_abnormal_releases`,
      `t0`.`erab_session_s`,
      `t0`.`dl_volume_kbit`,
      `t0`.`dl_time_ms`,
      `t0`.`prb_used`,
      `t0`.`prb_available`,
      `t0`.`unavailable_auto_s`,
      `t0`.`unavailable_manual_s`,
      CASE
        WHEN (
          `t0`.`busy_sdcch_overflows` + `t0`.`busy_sdcch_attempts`
        ) IS NOT NULL
        THEN 1
        ELSE 0
      END * COALESCE(`t0`.`busy_sdcch_overflows`, 0) AS `sdcch_congestion_numerator`,
      CASE
        WHEN (
          `t0`.`busy_sdcch_overflows` + `t0`.`busy_sdcch_attempts`
        ) IS NOT NULL
        THEN 1
        ELSE 0
      END * COALESCE(`t0`.`busy_sdcch_attempts`, 0) AS `sdcch_congestion_denominator`,
      CASE WHEN `t0`.`suspect_s` > 0 THEN 1 ELSE 0 END AS `sdcch_congestion_suspect`,
      CASE
        WHEN NOT (
          (
            `t0`.`busy_sdcch_overflows` + `t0`.`busy_sdcch_attempts`
          ) IS NOT NULL
        )
        THEN 1
        ELSE 0
      END AS `sdcch_congestion_missing`
    FROM `cell_days` AS `t0`
    WHERE
      CAST(`t0`.`day_on` AS DATE) >= MAKE_DATE(2026, 3, 1)
      AND CAST(`t0`.`day_on` AS DATE) < MAKE_DATE(2026, 4, 1)
      AND `t0`.`technology` = 'GSM'
  ) AS `t1`
  GROUP BY
    1,
    2,
    3,
    4,
    5
) AS `t2`
WHERE
  (
    `t2`.`sdcch_congestion_numerator` + `t2`.`sdcch_congestion_denominator` + 0.0 + `t2`.`sdcch_congestion_suspect` + `t2`.`sdcch_congestion_missing`
  ) <> 0;

-- measures of erab_drop_rate
SELECT
  `t2`.`part`,
  `t2`.`day_on`,
  `t2`.`office_id`,
  `t2`.`staff_id`,
  `t2`.`subject_id`,
  `t2`.`erab_drop_rate_numerator` AS `numerator`,
  `t2`.`erab_drop_rate_denominator` AS `denominator`,
  0.0 AS `excluded`,
  `t2`.`erab_drop_rate_suspect` AS `suspect`,
  `t2`.`erab_drop_rate_missing` AS `missing`,
  'erab_drop_rate' AS `kpi_id`,
  '1' AS `version`
FROM (
  SELECT
    '' AS `part`,
    `t1`.`day_on`,
    `t1`.`office_id`,
    COALESCE(`t1`.`staff_id`, '') AS `staff_id`,
    `t1`.`cell_id` AS `subject_id`,
    CAST(SUM(`t1`.`erab_drop_rate_numerator`) AS DOUBLE) AS `erab_drop_rate_numerator`,
    CAST(SUM(`t1`.`erab_drop_rate_denominator`) AS DOUBLE) AS `erab_drop_rate_denominator`,
    CAST(SUM(`t1`.`erab_drop_rate_suspect`) AS DOUBLE) AS `erab_drop_rate_suspect`,
    CAST(SUM(`t1`.`erab_drop_rate_missing`) AS DOUBLE) AS `erab_drop_rate_missing`
  FROM (
    SELECT
      `t0`.`cell_id`,
      `t0`.`site_id`,
      `t0`.`office_id`,
      `t0`.`staff_id`,
      `t0`.`technology`,
      CAST(`t0`.`day_on` AS DATE) AS `day_on`,
      `t0`.`channels`,
      `t0`.`day_s`,
      `t0`.`usable_s`,
      `t0`.`suspect_s`,
      `t0`.`busy_hour`,
      `t0`.`busy_traffic_chs`,
      `t0`.`busy_tch_attempts`,
      `t0`.`busy_tch_overflows`,
      `t0`.`busy_tch_seizures`,
      `t0`.`busy_handovers_in`,
      `t0`.`busy_drops`,
      `t0`.`busy_sdcch_attempts`,
      `t0`.`busy_sdcch_overflows`,
      `t0`.`busy_sdcch_seizures`,
      `t0`.`busy_prb_used`,
      `t0`.`busy_prb_available`,
      `t0`.`handovers_out_attempts`,
      `t0`.`handovers_out`,
      `t0`.`interference_samples`,
      `t0`.`interference_high_samples`,
      `t0`.`rrc_attempts`,
      `t0`.`rrc_successes`,
      `t0`.`s1_attempts`,
      `t0`.`s1_successes`,
      `t0`.`erab_attempts`,
      `t0`.`erab_successes`,
      `t0`.`erab_releases`,
      `t0`.`erab_abnormal_releases`,
      `t0`.`erab_session_s`,
      `t0`.`dl_volume_kbit`,
      `t0`.`dl_time_ms`,
      `t0`.`prb_used`,
      `t0`.`prb_available`,
      `t0`.`unavailable_auto_s`,
      `t0`.`unavailable_manual_s`,
      CASE
        WHEN (
          `t0`.`erab_abnormal_releases` + `t0`.`erab_releases`
        ) IS NOT NULL
        THEN 1
        ELSE 0
      END * COALESCE(`t0`.`erab_abnormal_releases`, 0) AS `erab_drop_rate_numerator`,
      CASE
        WHEN (
          `t0`.`erab_abnormal_releases` + `t0`.`erab_releases`
        ) IS NOT NULL
        THEN 1
        ELSE 0
      END * COALESCE(`t0`.`erab_releases`, 0) AS `erab_drop_rate_denominator`,
      CASE WHEN `t0`.`suspect_s` > 0 THEN 1 ELSE 0 END AS `erab_drop_rate_suspect`,
      CASE
        WHEN NOT (
          (
            `t0`.`erab_abnormal_releases` + `t0`.`erab_releases`
          ) IS NOT NULL
        )
        THEN 1
        ELSE 0
      END AS `erab_drop_rate_missing`
    FROM `cell_days` AS `t0`
    WHERE
      CAST(`t0`.`day_on` AS DATE) >= MAKE_DATE(2026, 3, 1)
      AND CAST(`t0`.`day_on` AS DATE) < MAKE_DATE(2026, 4, 1)
      AND `t0`.`technology` = 'LTE'
  ) AS `t1`
  GROUP BY
    1,
    2,
    3,
    4,
    5
) AS `t2`
WHERE
  (
    `t2`.`erab_drop_rate_numerator` + `t2`.`erab_drop_rate_denominator` + 0.0 + `t2`.`erab_drop_rate_suspect` + `t2`.`erab_drop_rate_missing`
  ) <> 0;

-- measures of erab_retainability
SELECT
  `t2`.`part`,
  `t2`.`day_on`,
  `t2`.`office_id`,
  `t2`.`staff_id`,
  `t2`.`subject_id`,
  `t2`.`erab_retainability_numerator` AS `numerator`,
  `t2`.`erab_retainability_denominator` AS `denominator`,
  0.0 AS `excluded`,
  `t2`.`erab_retainability_suspect` AS `suspect`,
  `t2`.`erab_retainability_missing` AS `missing`,
  'erab_retainability' AS `kpi_id`,
  '1' AS `version`
FROM (
  SELECT
    '' AS `part`,
    `t1`.`day_on`,
    `t1`.`office_id`,
    COALESCE(`t1`.`staff_id`, '') AS `staff_id`,
    `t1`.`cell_id` AS `subject_id`,
    CAST(SUM(`t1`.`erab_retainability_numerator`) AS DOUBLE) AS `erab_retainability_numerator`,
    CAST(SUM(`t1`.`erab_retainability_denominator`) AS DOUBLE) AS `erab_retainability_denominator`,
    CAST(SUM(`t1`.`erab_retainability_suspect`) AS DOUBLE) AS `erab_retainability_suspect`,
    CAST(SUM(`t1`.`erab_retainability_missing`) AS DOUBLE) AS `erab_retainability_missing`
  FROM (
    SELECT
      `t0`.`cell_id`,
      `t0`.`site_id`,
      `t0`.`office_id`,
      `t0`.`staff_id`,
      `t0`.`technology`,
      CAST(`t0`.`day_on` AS DATE) AS `day_on`,
      `t0`.`channels`,
      `t0`.`day_s`,
      `t0`.`usable_s`,
      `t0`.`suspect_s`,
      `t0`.`busy_hour`,
      `t0`.`busy_traffic_chs`,
      `t0`.`busy_tch_attempts`,
      `t0`.`busy_tch_overflows`,
      `t0`.`busy_tch_seizures`,
      `t0`.`busy_handovers_in`,
      `t0`.`busy_drops`,
      `t0`.`busy_sdcch_attempts`,
      `t0`.`busy_sdcch_overflows`,
      `t0`.`busy_sdcch_seizures`,
      `t0`.`busy_prb_used`,
      `t0`.`busy_prb_available`,
      `t0`.`handovers_out_attempts`,
      `t0`.`handovers_out`,
      `t0`.`interference_samples`,
      `t0`.`interference_high_samples`,
      `t0`.`rrc_attempts`,
      `t0`.`rrc_successes`,
      `t0`.`s1_attempts`,
      `t0`.`s1_successes`,
      `t0`.`erab_attempts`,
      `t0`.`erab_successes`,
      `t0`.`erab_releases`,
      `t0`.`erab_abnormal_releases`,
      `t0`.`erab_session_s`,
      `t0`.`dl_volume_kbit`,
      `t0`.`dl_time_ms`,
      `t0`.`prb_used`,
      `t0`.`prb_available`,
      `t0`.`unavailable_auto_s`,
      `t0`.`unavailable_manual_s`,
      CASE
        WHEN (
          `t0`.`erab_abnormal_releases` + `t0`.`erab_session_s`
        ) IS NOT NULL
        THEN 1
        ELSE 0
      END * COALESCE(`t0`.`erab_abnormal_releases`, 0) AS `erab_retainability_numerator`,
      CASE
        WHEN (
          `t0`.`erab_abnormal_releases` + `t0`.`erab_session_s`
        ) IS NOT NULL
        THEN 1
        ELSE 0
      END * COALESCE(`t0`.`erab_session_s`, 0) AS `erab_retainability_denominator`,
      CASE WHEN `t0`.`suspect_s` > 0 THEN 1 ELSE 0 END AS `erab_retainability_suspect`,
      CASE
        WHEN NOT (
          (
            `t0`.`erab_abnormal_releases` + `t0`.`erab_session_s`
          ) IS NOT NULL
        )
        THEN 1
        ELSE 0
      END AS `erab_retainability_missing`
    FROM `cell_days` AS `t0`
    WHERE
      CAST(`t0`.`day_on` AS DATE) >= MAKE_DATE(2026, 3, 1)
      AND CAST(`t0`.`day_on` AS DATE) < MAKE_DATE(2026, 4, 1)
      AND `t0`.`technology` = 'LTE'
  ) AS `t1`
  GROUP BY
    1,
    2,
    3,
    4,
    5
) AS `t2`
WHERE
  (
    `t2`.`erab_retainability_numerator` + `t2`.`erab_retainability_denominator` + 0.0 + `t2`.`erab_retainability_suspect` + `t2`.`erab_retainability_missing`
  ) <> 0;

-- measures of flow_retainability
SELECT
  `t2`.`part`,
  `t2`.`day_on`,
  `t2`.`office_id`,
  `t2`.`staff_id`,
  `t2`.`subject_id`,
  `t2`.`flow_retainability_numerator` AS `numerator`,
  `t2`.`flow_retainability_denominator` AS `denominator`,
  0.0 AS `excluded`,
  `t2`.`flow_retainability_suspect` AS `suspect`,
  `t2`.`flow_retainability_missing` AS `missing`,
  'flow_retainability' AS `kpi_id`,
  '1' AS `version`
FROM (
  SELECT
    '' AS `part`,
    `t1`.`day_on`,
    `t1`.`office_id`,
    COALESCE(`t1`.`staff_id`, '') AS `staff_id`,
    `t1`.`cell_id` AS `subject_id`,
    CAST(SUM(`t1`.`flow_retainability_numerator`) AS DOUBLE) AS `flow_retainability_numerator`,
    CAST(SUM(`t1`.`flow_retainability_denominator`) AS DOUBLE) AS `flow_retainability_denominator`,
    CAST(SUM(`t1`.`flow_retainability_suspect`) AS DOUBLE) AS `flow_retainability_suspect`,
    CAST(SUM(`t1`.`flow_retainability_missing`) AS DOUBLE) AS `flow_retainability_missing`
  FROM (
    SELECT
      `t0`.`cell_id`,
      `t0`.`site_id`,
      `t0`.`office_id`,
      `t0`.`staff_id`,
      `t0`.`technology`,
      CAST(`t0`.`day_on` AS DATE) AS `day_on`,
      `t0`.`channels`,
      `t0`.`day_s`,
      `t0`.`usable_s`,
      `t0`.`suspect_s`,
      `t0`.`busy_hour`,
      `t0`.`busy_traffic_chs`,
      `t0`.`busy_tch_attempts`,
      `t0`.`busy_tch_overflows`,
      `t0`.`busy_tch_seizures`,
      `t0`.`busy_handovers_in`,
      `t0`.`busy_drops`,
      `t0`.`busy_sdcch_attempts`,
      `t0`.`busy_sdcch_overflows`,
      `t0`.`busy_sdcch_seizures`,
      `t0`.`busy_prb_used`,
      `t0`.`busy_prb_available`,
      `t0`.`handovers_out_attempts`,
      `t0`.`handovers_out`,
      `t0`.`interference_samples`,
      `t0`.`interference_high_samples`,
      `t0`.`rrc_attempts`,
      `t0`.`rrc_successes`,
      `t0`.`s1_attempts`,
      `t0`.`s1_successes`,
      `t0`.`erab_attempts`,
      `t0`.`erab_successes`,
      `t0`.`erab_releases`,
      `t0`.`erab_abnormal_releases`,
      `t0`.`erab_session_s`,
      `t0`.`dl_volume_kbit`,
      `t0`.`dl_time_ms`,
      `t0`.`prb_used`,
      `t0`.`prb_available`,
      `t0`.`unavailable_auto_s`,
      `t0`.`unavailable_manual_s`,
      CASE
        WHEN (
          `t0`.`erab_abnormal_releases` + `t0`.`erab_session_s`
        ) IS NOT NULL
        THEN 1
        ELSE 0
      END * COALESCE(`t0`.`erab_abnormal_releases`, 0) AS `flow_retainability_numerator`,
      CASE
        WHEN (
          `t0`.`erab_abnormal_releases` + `t0`.`erab_session_s`
        ) IS NOT NULL
        THEN 1
        ELSE 0
      END * COALESCE(`t0`.`erab_session_s`, 0) AS `flow_retainability_denominator`,
      CASE WHEN `t0`.`suspect_s` > 0 THEN 1 ELSE 0 END AS `flow_retainability_suspect`,
      CASE
        WHEN NOT (
          (
            `t0`.`erab_abnormal_releases` + `t0`.`erab_session_s`
          ) IS NOT NULL
        )
        THEN 1
        ELSE 0
      END AS `flow_retainability_missing`
    FROM `cell_days` AS `t0`
    WHERE
      CAST(`t0`.`day_on` AS DATE) >= MAKE_DATE(2026, 3, 1)
      AND CAST(`t0`.`day_on` AS DATE) < MAKE_DATE(2026, 4, 1)
      AND `t0`.`technology` = 'NR'
  ) AS `t1`
  GROUP BY
    1,
    2,
    3,
    4,
    5
) AS `t2`
WHERE
  (
    `t2`.`flow_retainability_numerator` + `t2`.`flow_retainability_denominator` + 0.0 + `t2`.`flow_retainability_suspect` + `t2`.`flow_retainability_missing`
  ) <> 0;

-- measures of dl_throughput
SELECT
  `t2`.`part`,
  `t2`.`day_on`,
  `t2`.`office_id`,
  `t2`.`staff_id`,
  `t2`.`subject_id`,
  `t2`.`dl_throughput_numerator` AS `numerator`,
  `t2`.`dl_throughput_denominator` AS `denominator`,
  0.0 AS `excluded`,
  `t2`.`dl_throughput_suspect` AS `suspect`,
  `t2`.`dl_throughput_missing` AS `missing`,
  'dl_throughput' AS `kpi_id`,
  '1' AS `version`
FROM (
  SELECT
    '' AS `part`,
    `t1`.`day_on`,
    `t1`.`office_id`,
    COALESCE(`t1`.`staff_id`, '') AS `staff_id`,
    `t1`.`cell_id` AS `subject_id`,
    CAST(SUM(`t1`.`dl_throughput_numerator`) AS DOUBLE) AS `dl_throughput_numerator`,
    CAST(SUM(`t1`.`dl_throughput_denominator`) AS DOUBLE) AS `dl_throughput_denominator`,
    CAST(SUM(`t1`.`dl_throughput_suspect`) AS DOUBLE) AS `dl_throughput_suspect`,
    CAST(SUM(`t1`.`dl_throughput_missing`) AS DOUBLE) AS `dl_throughput_missing`
  FROM (
    SELECT
      `t0`.`cell_id`,
      `t0`.`site_id`,
      `t0`.`office_id`,
      `t0`.`staff_id`,
      `t0`.`technology`,
      CAST(`t0`.`day_on` AS DATE) AS `day_on`,
      `t0`.`channels`,
      `t0`.`day_s`,
      `t0`.`usable_s`,
      `t0`.`suspect_s`,
      `t0`.`busy_hour`,
      `t0`.`busy_traffic_chs`,
      `t0`.`busy_tch_attempts`,
      `t0`.`busy_tch_overflows`,
      `t0`.`busy_tch_seizures`,
      `t0`.`busy_handovers_in`,
      `t0`.`busy_drops`,
      `t0`.`busy_sdcch_attempts`,
      `t0`.`busy_sdcch_overflows`,
      `t0`.`busy_sdcch_seizures`,
      `t0`.`busy_prb_used`,
      `t0`.`busy_prb_available`,
      `t0`.`handovers_out_attempts`,
      `t0`.`handovers_out`,
      `t0`.`interference_samples`,
      `t0`.`interference_high_samples`,
      `t0`.`rrc_attempts`,
      `t0`.`rrc_successes`,
      `t0`.`s1_attempts`,
      `t0`.`s1_successes`,
      `t0`.`erab_attempts`,
      `t0`.`erab_successes`,
      `t0`.`erab_releases`,
      `t0`.`erab_abnormal_releases`,
      `t0`.`erab_session_s`,
      `t0`.`dl_volume_kbit`,
      `t0`.`dl_time_ms`,
      `t0`.`prb_used`,
      `t0`.`prb_available`,
      `t0`.`unavailable_auto_s`,
      `t0`.`unavailable_manual_s`,
      CASE
        WHEN (
          `t0`.`dl_volume_kbit` + `t0`.`dl_time_ms`
        ) IS NOT NULL
        THEN 1
        ELSE 0
      END * COALESCE(`t0`.`dl_volume_kbit`, 0) AS `dl_throughput_numerator`,
      CASE
        WHEN (
          `t0`.`dl_volume_kbit` + `t0`.`dl_time_ms`
        ) IS NOT NULL
        THEN 1
        ELSE 0
      END * COALESCE(`t0`.`dl_time_ms`, 0) AS `dl_throughput_denominator`,
      CASE WHEN `t0`.`suspect_s` > 0 THEN 1 ELSE 0 END AS `dl_throughput_suspect`,
      CASE
        WHEN NOT (
          (
            `t0`.`dl_volume_kbit` + `t0`.`dl_time_ms`
          ) IS NOT NULL
        )
        THEN 1
        ELSE 0
      END AS `dl_throughput_missing`
    FROM `cell_days` AS `t0`
    WHERE
      CAST(`t0`.`day_on` AS DATE) >= MAKE_DATE(2026, 3, 1)
      AND CAST(`t0`.`day_on` AS DATE) < MAKE_DATE(2026, 4, 1)
      AND `t0`.`technology` = 'LTE'
  ) AS `t1`
  GROUP BY
    1,
    2,
    3,
    4,
    5
) AS `t2`
WHERE
  (
    `t2`.`dl_throughput_numerator` + `t2`.`dl_throughput_denominator` + 0.0 + `t2`.`dl_throughput_suspect` + `t2`.`dl_throughput_missing`
  ) <> 0;

-- measures of data_download_rate
SELECT
  `t2`.`part`,
  `t2`.`day_on`,
  `t2`.`office_id`,
  `t2`.`staff_id`,
  `t2`.`subject_id`,
  `t2`.`data_download_rate_numerator` AS `numerator`,
  `t2`.`data_download_rate_denominator` AS `denominator`,
  0.0 AS `excluded`,
  `t2`.`data_download_rate_suspect` AS `suspect`,
  `t2`.`data_download_rate_missing` AS `missing`,
  'data_download_rate' AS `kpi_id`,
  '1' AS `version`
FROM (
  SELECT
    '' AS `part`,
    `t1`.`day_on`,
    `t1`.`office_id`,
    COALESCE(`t1`.`staff_id`, '') AS `staff_id`,
    `t1`.`cell_id` AS `subject_id`,
    CAST(SUM(`t1`.`data_download_rate_numerator`) AS DOUBLE) AS `data_download_rate_numerator`,
    CAST(SUM(`t1`.`data_download_rate_denominator`) AS DOUBLE) AS `data_download_rate_denominator`,
    CAST(SUM(`t1`.`data_download_rate_suspect`) AS DOUBLE) AS `data_download_rate_suspect`,
    CAST(SUM(`t1`.`data_download_rate_missing`) AS DOUBLE) AS `data_download_rate_missing`
  FROM (
    SELECT
      `t0`.`cell_id`,
      `t0`.`site_id`,
      `t0`.`office_id`,
      `t0`.`staff_id`,
      `t0`.`technology`,
      CAST(`t0`.`day_on` AS DATE) AS `day_on`,
      `t0`.`channels`,
      `t0`.`day_s`,
      `t0`.`usable_s`,
      `t0`.`suspect_s`,
      `t0`.`busy_hour`,
      `t0`.`busy_traffic_chs`,
      `t0`.`busy_tch_attempts`,
      `t0`.`busy_tch_overflows`,
      `t0`.`busy_tch_seizures`,
      `t0`.`busy_handovers_in`,
      `t0`.`busy_drops`,
      `t0`.`busy_sdcch_attempts`,
      `t0`.`busy_sdcch_overflows`,
      `t0`.`busy_sdcch_seizures`,
      `t0`.`busy_prb_used`,
      `t0`.`busy_prb_available`,
      `t0`.`handovers_out_attempts`,
      `t0`.`handovers_out`,
      `t0`.`interference_samples`,
      `t0`.`interference_high_samples`,
      `t0`.`rrc_attempts`,
      `t0`.`rrc_successes`,
      `t0`.`s1_attempts`,
      `t0`.`s1_successes`,
      `t0`.`erab_attempts`,
      `t0`.`erab_successes`,
      `t0`.`erab_releases`,
      `t0`.`erab_abnormal_releases`,
      `t0`.`erab_session_s`,
      `t0`.`dl_volume_kbit`,
      `t0`.`dl_time_ms`,
      `t0`.`prb_used`,
      `t0`.`prb_available`,
      `t0`.`unavailable_auto_s`,
      `t0`.`unavailable_manual_s`,
      CASE
        WHEN (
          `t0`.`dl_volume_kbit` + `t0`.`dl_time_ms`
        ) IS NOT NULL
        THEN 1
        ELSE 0
      END * COALESCE(`t0`.`dl_volume_kbit`, 0) AS `data_download_rate_numerator`,
      CASE
        WHEN (
          `t0`.`dl_volume_kbit` + `t0`.`dl_time_ms`
        ) IS NOT NULL
        THEN 1
        ELSE 0
      END * COALESCE(`t0`.`dl_time_ms`, 0) AS `data_download_rate_denominator`,
      CASE WHEN `t0`.`suspect_s` > 0 THEN 1 ELSE 0 END AS `data_download_rate_suspect`,
      CASE
        WHEN NOT (
          (
            `t0`.`dl_volume_kbit` + `t0`.`dl_time_ms`
          ) IS NOT NULL
        )
        THEN 1
        ELSE 0
      END AS `data_download_rate_missing`
    FROM `cell_days` AS `t0`
    WHERE
      CAST(`t0`.`day_on` AS DATE) >= MAKE_DATE(2026, 3, 1)
      AND CAST(`t0`.`day_on` AS DATE) < MAKE_DATE(2026, 4, 1)
      AND `t0`.`technology` = 'GSM'
  ) AS `t1`
  GROUP BY
    1,
    2,
    3,
    4,
    5
) AS `t2`
WHERE
  (
    `t2`.`data_download_rate_numerator` + `t2`.`data_download_rate_denominator` + 0.0 + `t2`.`data_download_rate_suspect` + `t2`.`data_download_rate_missing`
  ) <> 0;

-- measures of handover_success
SELECT
  `t2`.`part`,
  `t2`.`day_on`,
  `t2`.`office_id`,
  `t2`.`staff_id`,
  `t2`.`subject_id`,
  `t2`.`handover_success_numerator` AS `numerator`,
  `t2`.`handover_success_denominator` AS `denominator`,
  0.0 AS `excluded`,
  `t2`.`handover_success_suspect` AS `suspect`,
  `t2`.`handover_success_missing` AS `missing`,
  'handover_success' AS `kpi_id`,
  '1' AS `version`
FROM (
  SELECT
    '' AS `part`,
    `t1`.`day_on`,
    `t1`.`office_id`,
    COALESCE(`t1`.`staff_id`, '') AS `staff_id`,
    `t1`.`cell_id` AS `subject_id`,
    CAST(SUM(`t1`.`handover_success_numerator`) AS DOUBLE) AS `handover_success_numerator`,
    CAST(SUM(`t1`.`handover_success_denominator`) AS DOUBLE) AS `handover_success_denominator`,
    CAST(SUM(`t1`.`handover_success_suspect`) AS DOUBLE) AS `handover_success_suspect`,
    CAST(SUM(`t1`.`handover_success_missing`) AS DOUBLE) AS `handover_success_missing`
  FROM (
    SELECT
      `t0`.`cell_id`,
      `t0`.`site_id`,
      `t0`.`office_id`,
      `t0`.`staff_id`,
      `t0`.`technology`,
      CAST(`t0`.`day_on` AS DATE) AS `day_on`,
      `t0`.`channels`,
      `t0`.`day_s`,
      `t0`.`usable_s`,
      `t0`.`suspect_s`,
      `t0`.`busy_hour`,
      `t0`.`busy_traffic_chs`,
      `t0`.`busy_tch_attempts`,
      `t0`.`busy_tch_overflows`,
      `t0`.`busy_tch_seizures`,
      `t0`.`busy_handovers_in`,
      `t0`.`busy_drops`,
      `t0`.`busy_sdcch_attempts`,
      `t0`.`busy_sdcch_overflows`,
      `t0`.`busy_sdcch_seizures`,
      `t0`.`busy_prb_used`,
      `t0`.`busy_prb_available`,
      `t0`.`handovers_out_attempts`,
      `t0`.`handovers_out`,
      `t0`.`interference_samples`,
      `t0`.`interference_high_samples`,
      `t0`.`rrc_attempts`,
      `t0`.`rrc_successes`,
      `t0`.`s1_attempts`,
      `t0`.`s1_successes`,
      `t0`.`erab_attempts`,
      `t0`.`erab_successes`,
      `t0`.`erab_releases`,
      `t0`.`erab_abnormal_releases`,
      `t0`.`erab_session_s`,
      `t0`.`dl_volume_kbit`,
      `t0`.`dl_time_ms`,
      `t0`.`prb_used`,
      `t0`.`prb_available`,
      `t0`.`unavailable_auto_s`,
      `t0`.`unavailable_manual_s`,
      CASE
        WHEN (
          `t0`.`handovers_out` + `t0`.`handovers_out_attempts`
        ) IS NOT NULL
        THEN 1
        ELSE 0
      END * COALESCE(`t0`.`handovers_out`, 0) AS `handover_success_numerator`,
      CASE
        WHEN (
          `t0`.`handovers_out` + `t0`.`handovers_out_attempts`
        ) IS NOT NULL
        THEN 1
        ELSE 0
      END * COALESCE(`t0`.`handovers_out_attempts`, 0) AS `handover_success_denominator`,
      CASE WHEN `t0`.`suspect_s` > 0 THEN 1 ELSE 0 END AS `handover_success_suspect`,
      CASE
        WHEN NOT (
          (
            `t0`.`handovers_out` + `t0`.`handovers_out_attempts`
          ) IS NOT NULL
        )
        THEN 1
        ELSE 0
      END AS `handover_success_missing`
    FROM `cell_days` AS `t0`
    WHERE
      CAST(`t0`.`day_on` AS DATE) >= MAKE_DATE(2026, 3, 1)
      AND CAST(`t0`.`day_on` AS DATE) < MAKE_DATE(2026, 4, 1)
      AND `t0`.`technology` = 'GSM'
  ) AS `t1`
  GROUP BY
    1,
    2,
    3,
    4,
    5
) AS `t2`
WHERE
  (
    `t2`.`handover_success_numerator` + `t2`.`handover_success_denominator` + 0.0 + `t2`.`handover_success_suspect` + `t2`.`handover_success_missing`
  ) <> 0;

-- measures of cell_availability
SELECT
  `t2`.`part`,
  `t2`.`day_on`,
  `t2`.`office_id`,
  `t2`.`staff_id`,
  `t2`.`subject_id`,
  `t2`.`cell_availability_numerator` AS `numerator`,
  `t2`.`cell_availability_denominator` AS `denominator`,
  0.0 AS `excluded`,
  `t2`.`cell_availability_suspect` AS `suspect`,
  `t2`.`cell_availability_missing` AS `missing`,
  'cell_availability' AS `kpi_id`,
  '1' AS `version`
FROM (
  SELECT
    '' AS `part`,
    `t1`.`day_on`,
    `t1`.`office_id`,
    COALESCE(`t1`.`staff_id`, '') AS `staff_id`,
    `t1`.`cell_id` AS `subject_id`,
    CAST(SUM(`t1`.`cell_availability_numerator`) AS DOUBLE) AS `cell_availability_numerator`,
    CAST(SUM(`t1`.`cell_availability_denominator`) AS DOUBLE) AS `cell_availability_denominator`,
    CAST(SUM(`t1`.`cell_availability_suspect`) AS DOUBLE) AS `cell_availability_suspect`,
    CAST(SUM(`t1`.`cell_availability_missing`) AS DOUBLE) AS `cell_availability_missing`
  FROM (
    SELECT
      `t0`.`cell_id`,
      `t0`.`site_id`,
      `t0`.`office_id`,
      `t0`.`staff_id`,
      `t0`.`technology`,
      CAST(`t0`.`day_on` AS DATE) AS `day_on`,
      `t0`.`channels`,
      `t0`.`day_s`,
      `t0`.`usable_s`,
      `t0`.`suspect_s`,
      `t0`.`busy_hour`,
      `t0`.`busy_traffic_chs`,
      `t0`.`busy_tch_attempts`,
      `t0`.`busy_tch_overflows`,
      `t0`.`busy_tch_seizures`,
      `t0`.`busy_handovers_in`,
      `t0`.`busy_drops`,
      `t0`.`busy_sdcch_attempts`,
      `t0`.`busy_sdcch_overflows`,
      `t0`.`busy_sdcch_seizures`,
      `t0`.`busy_prb_used`,
      `t0`.`busy_prb_available`,
      `t0`.`handovers_out_attempts`,
      `t0`.`handovers_out`,
      `t0`.`interference_samples`,
      `t0`.`interference_high_samples`,
      `t0`.`rrc_attempts`,
      `t0`.`rrc_successes`,
      `t0`.`s1_attempts`,
      `t0`.`s1_successes`,
      `t0`.`erab_attempts`,
      `t0`.`erab_successes`,
      `t0`.`erab_releases`,
      `t0`.`erab_abnormal_releases`,
      `t0`.`erab_session_s`,
      `t0`.`dl_volume_kbit`,
      `t0`.`dl_time_ms`,
      `t0`.`prb_used`,
      `t0`.`prb_available`,
      `t0`.`unavailable_auto_s`,
      `t0`.`unavailable_manual_s`,
      CASE
        WHEN (
          (
            (
              `t0`.`usable_s` - `t0`.`unavailable_auto_s`
            ) - `t0`.`unavailable_manual_s`
          ) + `t0`.`usable_s`
        ) IS NOT NULL
        THEN 1
        ELSE 0
      END * COALESCE((
        `t0`.`usable_s` - `t0`.`unavailable_auto_s`
      ) - `t0`.`unavailable_manual_s`, 0) AS `cell_availability_numerator`,
      CASE
        WHEN (
          (
            (
              `t0`.`usable_s` - `t0`.`unavailable_auto_s`
            ) - `t0`.`unavailable_manual_s`
          ) + `t0`.`usable_s`
        ) IS NOT NULL
        THEN 1
        ELSE 0
      END * COALESCE(`t0`.`usable_s`, 0) AS `cell_availability_denominator`,
      CASE WHEN `t0`.`suspect_s` > 0 THEN 1 ELSE 0 END AS `cell_availability_suspect`,
      CASE
        WHEN NOT (
          (
            (
              (
                `t0`.`usable_s` - `t0`.`unavailable_auto_s`
              ) - `t0`.`unavailable_manual_s`
            ) + `t0`.`usable_s`
          ) IS NOT NULL
        )
        THEN 1
        ELSE 0
      END AS `cell_availability_missing`
    FROM `cell_days` AS `t0`
    WHERE
      CAST(`t0`.`day_on` AS DATE) >= MAKE_DATE(2026, 3, 1)
      AND CAST(`t0`.`day_on` AS DATE) < MAKE_DATE(2026, 4, 1)
  ) AS `t1`
  GROUP BY
    1,
    2,
    3,
    4,
    5
) AS `t2`
WHERE
  (
    `t2`.`cell_availability_numerator` + `t2`.`cell_availability_denominator` + 0.0 + `t2`.`cell_availability_suspect` + `t2`.`cell_availability_missing`
  ) <> 0;

-- measures of cell_availability_without_manual
SELECT
  `t2`.`part`,
  `t2`.`day_on`,
  `t2`.`office_id`,
  `t2`.`staff_id`,
  `t2`.`subject_id`,
  `t2`.`cell_availability_without_manual_numerator` AS `numerator`,
  `t2`.`cell_availability_without_manual_denominator` AS `denominator`,
  0.0 AS `excluded`,
  `t2`.`cell_availability_without_manual_suspect` AS `suspect`,
  `t2`.`cell_availability_without_manual_missing` AS `missing`,
  'cell_availability_without_manual' AS `kpi_id`,
  '1' AS `version`
FROM (
  SELECT
    '' AS `part`,
    `t1`.`day_on`,
    `t1`.`office_id`,
    COALESCE(`t1`.`staff_id`, '') AS `staff_id`,
    `t1`.`cell_id` AS `subject_id`,
    CAST(SUM(`t1`.`cell_availability_without_manual_numerator`) AS DOUBLE) AS `cell_availability_without_manual_numerator`,
    CAST(SUM(`t1`.`cell_availability_without_manual_denominator`) AS DOUBLE) AS `cell_availability_without_manual_denominator`,
    CAST(SUM(`t1`.`cell_availability_without_manual_suspect`) AS DOUBLE) AS `cell_availability_without_manual_suspect`,
    CAST(SUM(`t1`.`cell_availability_without_manual_missing`) AS DOUBLE) AS `cell_availability_without_manual_missing`
  FROM (
    SELECT
      `t0`.`cell_id`,
      `t0`.`site_id`,
      `t0`.`office_id`,
      `t0`.`staff_id`,
      `t0`.`technology`,
      CAST(`t0`.`day_on` AS DATE) AS `day_on`,
      `t0`.`channels`,
      `t0`.`day_s`,
      `t0`.`usable_s`,
      `t0`.`suspect_s`,
      `t0`.`busy_hour`,
      `t0`.`busy_traffic_chs`,
      `t0`.`busy_tch_attempts`,
      `t0`.`busy_tch_overflows`,
      `t0`.`busy_tch_seizures`,
      `t0`.`busy_handovers_in`,
      `t0`.`busy_drops`,
      `t0`.`busy_sdcch_attempts`,
      `t0`.`busy_sdcch_overflows`,
      `t0`.`busy_sdcch_seizures`,
      `t0`.`busy_prb_used`,
      `t0`.`busy_prb_available`,
      `t0`.`handovers_out_attempts`,
      `t0`.`handovers_out`,
      `t0`.`interference_samples`,
      `t0`.`interference_high_samples`,
      `t0`.`rrc_attempts`,
      `t0`.`rrc_successes`,
      `t0`.`s1_attempts`,
      `t0`.`s1_successes`,
      `t0`.`erab_attempts`,
      `t0`.`erab_successes`,
      `t0`.`erab_releases`,
      `t0`.`erab_abnormal_releases`,
      `t0`.`erab_session_s`,
      `t0`.`dl_volume_kbit`,
      `t0`.`dl_time_ms`,
      `t0`.`prb_used`,
      `t0`.`prb_available`,
      `t0`.`unavailable_auto_s`,
      `t0`.`unavailable_manual_s`,
      CASE
        WHEN (
          (
            (
              `t0`.`usable_s` - `t0`.`unavailable_auto_s`
            ) - `t0`.`unavailable_manual_s`
          ) + (
            `t0`.`usable_s` - `t0`.`unavailable_manual_s`
          )
        ) IS NOT NULL
        THEN 1
        ELSE 0
      END * COALESCE((
        `t0`.`usable_s` - `t0`.`unavailable_auto_s`
      ) - `t0`.`unavailable_manual_s`, 0) AS `cell_availability_without_manual_numerator`,
      CASE
        WHEN (
          (
            (
              `t0`.`usable_s` - `t0`.`unavailable_auto_s`
            ) - `t0`.`unavailable_manual_s`
          ) + (
            `t0`.`usable_s` - `t0`.`unavailable_manual_s`
          )
        ) IS NOT NULL
        THEN 1
        ELSE 0
      END * COALESCE(`t0`.`usable_s` - `t0`.`unavailable_manual_s`, 0) AS `cell_availability_without_manual_denominator`,
      CASE WHEN `t0`.`suspect_s` > 0 THEN 1 ELSE 0 END AS `cell_availability_without_manual_suspect`,
      CASE
        WHEN NOT (
          (
            (
              (
                `t0`.`usable_s` - `t0`.`unavailable_auto_s`
              ) - `t0`.`unavailable_manual_s`
            ) + (
              `t0`.`usable_s` - `t0`.`unavailable_manual_s`
            )
          ) IS NOT NULL
        )
        THEN 1
        ELSE 0
      END AS `cell_availability_without_manual_missing`
    FROM `cell_days` AS `t0`
    WHERE
      CAST(`t0`.`day_on` AS DATE) >= MAKE_DATE(2026, 3, 1)
      AND CAST(`t0`.`day_on` AS DATE) < MAKE_DATE(2026, 4, 1)
  ) AS `t1`
  GROUP BY
    1,
    2,
    3,
    4,
    5
) AS `t2`
WHERE
  (
    `t2`.`cell_availability_without_manual_numerator` + `t2`.`cell_availability_without_manual_denominator` + 0.0 + `t2`.`cell_availability_without_manual_suspect` + `t2`.`cell_availability_without_manual_missing`
  ) <> 0;

-- measures of channel_utilisation
SELECT
  `t2`.`part`,
  `t2`.`day_on`,
  `t2`.`office_id`,
  `t2`.`staff_id`,
  `t2`.`subject_id`,
  `t2`.`channel_utilisation_numerator` AS `numerator`,
  `t2`.`channel_utilisation_denominator` AS `denominator`,
  0.0 AS `excluded`,
  `t2`.`channel_utilisation_suspect` AS `suspect`,
  `t2`.`channel_utilisation_missing` AS `missing`,
  'channel_utilisation' AS `kpi_id`,
  '1' AS `version`
FROM (
  SELECT
    '' AS `part`,
    `t1`.`day_on`,
    `t1`.`office_id`,
    COALESCE(`t1`.`staff_id`, '') AS `staff_id`,
    `t1`.`cell_id` AS `subject_id`,
    CAST(SUM(`t1`.`channel_utilisation_numerator`) AS DOUBLE) AS `channel_utilisation_numerator`,
    CAST(SUM(`t1`.`channel_utilisation_denominator`) AS DOUBLE) AS `channel_utilisation_denominator`,
    CAST(SUM(`t1`.`channel_utilisation_suspect`) AS DOUBLE) AS `channel_utilisation_suspect`,
    CAST(SUM(`t1`.`channel_utilisation_missing`) AS DOUBLE) AS `channel_utilisation_missing`
  FROM (
    SELECT
      `t0`.`cell_id`,
      `t0`.`site_id`,
      `t0`.`office_id`,
      `t0`.`staff_id`,
      `t0`.`technology`,
      CAST(`t0`.`day_on` AS DATE) AS `day_on`,
      `t0`.`channels`,
      `t0`.`day_s`,
      `t0`.`usable_s`,
      `t0`.`suspect_s`,
      `t0`.`busy_hour`,
      `t0`.`busy_traffic_chs`,
      `t0`.`busy_tch_attempts`,
      `t0`.`busy_tch_overflows`,
      `t0`.`busy_tch_seizures`,
      `t0`.`busy_handovers_in`,
      `t0`.`busy_drops`,
      `t0`.`busy_sdcch_attempts`,
      `t0`.`busy_sdcch_overflows`,
      `t0`.`busy_sdcch_seizures`,
      `t0`.`busy_prb_used`,
      `t0`.`busy_prb_available`,
      `t0`.`handovers_out_attempts`,
      `t0`.`handovers_out`,
      `t0`.`interference_samples`,
      `t0`.`interference_high_samples`,
      `t0`.`rrc_attempts`,
      `t0`.`rrc_successes`,
      `t0`.`s1_attempts`,
      `t0`.`s1_successes`,
      `t0`.`erab_attempts`,
      `t0`.`erab_successes`,
      `t0`.`erab_releases`,
      `t0`.`erab_abnormal_releases`,
      `t0`.`erab_session_s`,
      `t0`.`dl_volume_kbit`,
      `t0`.`dl_time_ms`,
      `t0`.`prb_used`,
      `t0`.`prb_available`,
      `t0`.`unavailable_auto_s`,
      `t0`.`unavailable_manual_s`,
      CASE
        WHEN (
          `t0`.`busy_traffic_chs` + (
            `t0`.`channels` * 3600
          )
        ) IS NOT NULL
        THEN 1
        ELSE 0
      END * COALESCE(`t0`.`busy_traffic_chs`, 0) AS `channel_utilisation_numerator`,
      CASE
        WHEN (
          `t0`.`busy_traffic_chs` + (
            `t0`.`channels` * 3600
          )
        ) IS NOT NULL
        THEN 1
        ELSE 0
      END * COALESCE(`t0`.`channels` * 3600, 0) AS `channel_utilisation_denominator`,
      CASE WHEN `t0`.`suspect_s` > 0 THEN 1 ELSE 0 END AS `channel_utilisation_suspect`,
      CASE
        WHEN NOT (
          (
            `t0`.`busy_traffic_chs` + (
              `t0`.`channels` * 3600
            )
          ) IS NOT NULL
        )
        THEN 1
        ELSE 0
      END AS `channel_utilisation_missing`
    FROM `cell_days` AS `t0`
    WHERE
      CAST(`t0`.`day_on` AS DATE) >= MAKE_DATE(2026, 3, 1)
      AND CAST(`t0`.`day_on` AS DATE) < MAKE_DATE(2026, 4, 1)
      AND `t0`.`technology` = 'GSM'
  ) AS `t1`
  GROUP BY
    1,
    2,
    3,
    4,
    5
) AS `t2`
WHERE
  (
    `t2`.`channel_utilisation_numerator` + `t2`.`channel_utilisation_denominator` + 0.0 + `t2`.`channel_utilisation_suspect` + `t2`.`channel_utilisation_missing`
  ) <> 0;

-- measures of prb_utilisation
SELECT
  `t2`.`part`,
  `t2`.`day_on`,
  `t2`.`office_id`,
  `t2`.`staff_id`,
  `t2`.`subject_id`,
  `t2`.`prb_utilisation_numerator` AS `numerator`,
  `t2`.`prb_utilisation_denominator` AS `denominator`,
  0.0 AS `excluded`,
  `t2`.`prb_utilisation_suspect` AS `suspect`,
  `t2`.`prb_utilisation_missing` AS `missing`,
  'prb_utilisation' AS `kpi_id`,
  '1' AS `version`
FROM (
  SELECT
    '' AS `part`,
    `t1`.`day_on`,
    `t1`.`office_id`,
    COALESCE(`t1`.`staff_id`, '') AS `staff_id`,
    `t1`.`cell_id` AS `subject_id`,
    CAST(SUM(`t1`.`prb_utilisation_numerator`) AS DOUBLE) AS `prb_utilisation_numerator`,
    CAST(SUM(`t1`.`prb_utilisation_denominator`) AS DOUBLE) AS `prb_utilisation_denominator`,
    CAST(SUM(`t1`.`prb_utilisation_suspect`) AS DOUBLE) AS `prb_utilisation_suspect`,
    CAST(SUM(`t1`.`prb_utilisation_missing`) AS DOUBLE) AS `prb_utilisation_missing`
  FROM (
    SELECT
      `t0`.`cell_id`,
      `t0`.`site_id`,
      `t0`.`office_id`,
      `t0`.`staff_id`,
      `t0`.`technology`,
      CAST(`t0`.`day_on` AS DATE) AS `day_on`,
      `t0`.`channels`,
      `t0`.`day_s`,
      `t0`.`usable_s`,
      `t0`.`suspect_s`,
      `t0`.`busy_hour`,
      `t0`.`busy_traffic_chs`,
      `t0`.`busy_tch_attempts`,
      `t0`.`busy_tch_overflows`,
      `t0`.`busy_tch_seizures`,
      `t0`.`busy_handovers_in`,
      `t0`.`busy_drops`,
      `t0`.`busy_sdcch_attempts`,
      `t0`.`busy_sdcch_overflows`,
      `t0`.`busy_sdcch_seizures`,
      `t0`.`busy_prb_used`,
      `t0`.`busy_prb_available`,
      `t0`.`handovers_out_attempts`,
      `t0`.`handovers_out`,
      `t0`.`interference_samples`,
      `t0`.`interference_high_samples`,
      `t0`.`rrc_attempts`,
      `t0`.`rrc_successes`,
      `t0`.`s1_attempts`,
      `t0`.`s1_successes`,
      `t0`.`erab_attempts`,
      `t0`.`erab_successes`,
      `t0`.`erab_releases`,
      `t0`.`erab_abnormal_releases`,
      `t0`.`erab_session_s`,
      `t0`.`dl_volume_kbit`,
      `t0`.`dl_time_ms`,
      `t0`.`prb_used`,
      `t0`.`prb_available`,
      `t0`.`unavailable_auto_s`,
      `t0`.`unavailable_manual_s`,
      CASE
        WHEN (
          `t0`.`busy_prb_used` + `t0`.`busy_prb_available`
        ) IS NOT NULL
        THEN 1
        ELSE 0
      END * COALESCE(`t0`.`busy_prb_used`, 0) AS `prb_utilisation_numerator`,
      CASE
        WHEN (
          `t0`.`busy_prb_used` + `t0`.`busy_prb_available`
        ) IS NOT NULL
        THEN 1
        ELSE 0
      END * COALESCE(`t0`.`busy_prb_available`, 0) AS `prb_utilisation_denominator`,
      CASE WHEN `t0`.`suspect_s` > 0 THEN 1 ELSE 0 END AS `prb_utilisation_suspect`,
      CASE
        WHEN NOT (
          (
            `t0`.`busy_prb_used` + `t0`.`busy_prb_available`
          ) IS NOT NULL
        )
        THEN 1
        ELSE 0
      END AS `prb_utilisation_missing`
    FROM `cell_days` AS `t0`
    WHERE
      CAST(`t0`.`day_on` AS DATE) >= MAKE_DATE(2026, 3, 1)
      AND CAST(`t0`.`day_on` AS DATE) < MAKE_DATE(2026, 4, 1)
      AND `t0`.`technology` = 'LTE'
  ) AS `t1`
  GROUP BY
    1,
    2,
    3,
    4,
    5
) AS `t2`
WHERE
  (
    `t2`.`prb_utilisation_numerator` + `t2`.`prb_utilisation_denominator` + 0.0 + `t2`.`prb_utilisation_suspect` + `t2`.`prb_utilisation_missing`
  ) <> 0;

-- measures of counter_completeness
SELECT
  `t2`.`part`,
  `t2`.`day_on`,
  `t2`.`office_id`,
  `t2`.`staff_id`,
  `t2`.`subject_id`,
  `t2`.`counter_completeness_numerator` AS `numerator`,
  `t2`.`counter_completeness_denominator` AS `denominator`,
  0.0 AS `excluded`,
  `t2`.`counter_completeness_suspect` AS `suspect`,
  0.0 AS `missing`,
  'counter_completeness' AS `kpi_id`,
  '1' AS `version`
FROM (
  SELECT
    '' AS `part`,
    `t1`.`day_on`,
    `t1`.`office_id`,
    COALESCE(`t1`.`staff_id`, '') AS `staff_id`,
    `t1`.`cell_id` AS `subject_id`,
    CAST(SUM(`t1`.`counter_completeness_numerator`) AS DOUBLE) AS `counter_completeness_numerator`,
    CAST(SUM(`t1`.`counter_completeness_denominator`) AS DOUBLE) AS `counter_completeness_denominator`,
    CAST(SUM(`t1`.`counter_completeness_suspect`) AS DOUBLE) AS `counter_completeness_suspect`
  FROM (
    SELECT
      `t0`.`cell_id`,
      `t0`.`site_id`,
      `t0`.`office_id`,
      `t0`.`staff_id`,
      `t0`.`technology`,
      CAST(`t0`.`day_on` AS DATE) AS `day_on`,
      `t0`.`channels`,
      `t0`.`day_s`,
      `t0`.`usable_s`,
      `t0`.`suspect_s`,
      `t0`.`busy_hour`,
      `t0`.`busy_traffic_chs`,
      `t0`.`busy_tch_attempts`,
      `t0`.`busy_tch_overflows`,
      `t0`.`busy_tch_seizures`,
      `t0`.`busy_handovers_in`,
      `t0`.`busy_drops`,
      `t0`.`busy_sdcch_attempts`,
      `t0`.`busy_sdcch_overflows`,
      `t0`.`busy_sdcch_seizures`,
      `t0`.`busy_prb_used`,
      `t0`.`busy_prb_available`,
      `t0`.`handovers_out_attempts`,
      `t0`.`handovers_out`,
      `t0`.`interference_samples`,
      `t0`.`interference_high_samples`,
      `t0`.`rrc_attempts`,
      `t0`.`rrc_successes`,
      `t0`.`s1_attempts`,
      `t0`.`s1_successes`,
      `t0`.`erab_attempts`,
      `t0`.`erab_successes`,
      `t0`.`erab_releases`,
      `t0`.`erab_abnormal_releases`,
      `t0`.`erab_session_s`,
      `t0`.`dl_volume_kbit`,
      `t0`.`dl_time_ms`,
      `t0`.`prb_used`,
      `t0`.`prb_available`,
      `t0`.`unavailable_auto_s`,
      `t0`.`unavailable_manual_s`,
      LEAST(`t0`.`usable_s` + `t0`.`suspect_s`, `t0`.`day_s`) AS `counter_completeness_numerator`,
      `t0`.`day_s` AS `counter_completeness_denominator`,
      CASE WHEN `t0`.`suspect_s` > 0 THEN 1 ELSE 0 END AS `counter_completeness_suspect`
    FROM `cell_days` AS `t0`
    WHERE
      CAST(`t0`.`day_on` AS DATE) >= MAKE_DATE(2026, 3, 1)
      AND CAST(`t0`.`day_on` AS DATE) < MAKE_DATE(2026, 4, 1)
  ) AS `t1`
  GROUP BY
    1,
    2,
    3,
    4,
    5
) AS `t2`
WHERE
  (
    `t2`.`counter_completeness_numerator` + `t2`.`counter_completeness_denominator` + 0.0 + `t2`.`counter_completeness_suspect` + 0.0
  ) <> 0;

-- measures of cell_q90
SELECT
  `t2`.`part`,
  `t2`.`day_on`,
  `t2`.`office_id`,
  `t2`.`staff_id`,
  `t2`.`subject_id`,
  `t2`.`cell_q90_numerator` AS `numerator`,
  `t2`.`cell_q90_denominator` AS `denominator`,
  0.0 AS `excluded`,
  `t2`.`cell_q90_suspect` AS `suspect`,
  `t2`.`cell_q90_missing` AS `missing`,
  'cell_q90' AS `kpi_id`,
  '1' AS `version`
FROM (
  SELECT
    '' AS `part`,
    `t1`.`day_on`,
    `t1`.`office_id`,
    COALESCE(`t1`.`staff_id`, '') AS `staff_id`,
    `t1`.`cell_id` AS `subject_id`,
    CAST(SUM(`t1`.`cell_q90_numerator`) AS DOUBLE) AS `cell_q90_numerator`,
    CAST(SUM(`t1`.`cell_q90_denominator`) AS DOUBLE) AS `cell_q90_denominator`,
    CAST(SUM(`t1`.`cell_q90_suspect`) AS DOUBLE) AS `cell_q90_suspect`,
    CAST(SUM(`t1`.`cell_q90_missing`) AS DOUBLE) AS `cell_q90_missing`
  FROM (
    SELECT
      `t0`.`cell_id`,
      `t0`.`site_id`,
      `t0`.`office_id`,
      `t0`.`staff_id`,
      `t0`.`technology`,
      `t0`.`rated_days`,
      `t0`.`within_days`,
      `t0`.`first_on`,
      `t0`.`days`,
      `t0`.`suspect_days`,
      `t0`.`missing_days`,
      `t0`.`channel_days`,
      `t0`.`traffic_chs`,
      `t0`.`drops`,
      `t0`.`tch_seizures`,
      `t0`.`handovers_in`,
      `t0`.`tch_overflows`,
      `t0`.`tch_attempts`,
      `t0`.`within_often`,
      `t0`.`rule_a`,
      `t0`.`rule_b`,
      `t0`.`rule_c`,
      `t0`.`rule_d`,
      `t0`.`rule_e`,
      `t0`.`worst`,
      `t0`.`first_on` AS `day_on`,
      CASE WHEN (
        `t0`.`rated_days` > 0
      ) AND `t0`.`within_often` THEN 1 ELSE 0 END AS `cell_q90_numerator`,
      CASE WHEN `t0`.`rated_days` > 0 THEN 1 ELSE 0 END AS `cell_q90_denominator`,
      `t0`.`suspect_days` AS `cell_q90_suspect`,
      `t0`.`missing_days` AS `cell_q90_missing`
    FROM `cell_months` AS `t0`
    WHERE
      `t0`.`first_on` >= MAKE_DATE(2026, 3, 1)
      AND `t0`.`first_on` < MAKE_DATE(2026, 4, 1)
      AND `t0`.`technology` = 'GSM'
  ) AS `t1`
  GROUP BY
    1,
    2,
    3,
    4,
    5
) AS `t2`
WHERE
  (
    `t2`.`cell_q90_numerator` + `t2`.`cell_q90_denominator` + 0.0 + `t2`.`cell_q90_suspect` + `t2`.`cell_q90_missing`
  ) <> 0;

-- measures of worst_cell_share
SELECT
  `t2`.`part`,
  `t2`.`day_on`,
  `t2`.`office_id`,
  `t2`.`staff_id`,
  `t2`.`subject_id`,
  `t2`.`worst_cell_share_numerator` AS `numerator`,
  `t2`.`worst_cell_share_denominator` AS `denominator`,
  0.0 AS `excluded`,
  `t2`.`worst_cell_share_suspect` AS `suspect`,
  `t2`.`worst_cell_share_missing` AS `missing`,
  'worst_cell_share' AS `kpi_id`,
  '1' AS `version`
FROM (
  SELECT
    '' AS `part`,
    `t1`.`day_on`,
    `t1`.`office_id`,
    COALESCE(`t1`.`staff_id`, '') AS `staff_id`,
    `t1`.`cell_id` AS `subject_id`,
    CAST(SUM(`t1`.`worst_cell_share_numerator`) AS DOUBLE) AS `worst_cell_share_numerator`,
    CAST(SUM(`t1`.`worst_cell_share_denominator`) AS DOUBLE) AS `worst_cell_share_denominator`,
    CAST(SUM(`t1`.`worst_cell_share_suspect`) AS DOUBLE) AS `worst_cell_share_suspect`,
    CAST(SUM(`t1`.`worst_cell_share_missing`) AS DOUBLE) AS `worst_cell_share_missing`
  FROM (
    SELECT
      `t0`.`cell_id`,
      `t0`.`site_id`,
      `t0`.`office_id`,
      `t0`.`staff_id`,
      `t0`.`technology`,
      `t0`.`rated_days`,
      `t0`.`within_days`,
      `t0`.`first_on`,
      `t0`.`days`,
      `t0`.`suspect_days`,
      `t0`.`missing_days`,
      `t0`.`channel_days`,
      `t0`.`traffic_chs`,
      `t0`.`drops`,
      `t0`.`tch_seizures`,
      `t0`.`handovers_in`,
      `t0`.`tch_overflows`,
      `t0`.`tch_attempts`,
      `t0`.`within_often`,
      `t0`.`rule_a`,
      `t0`.`rule_b`,
      `t0`.`rule_c`,
      `t0`.`rule_d`,
      `t0`.`rule_e`,
      `t0`.`worst`,
      `t0`.`first_on` AS `day_on`,
      CASE WHEN `t0`.`worst` THEN 1 ELSE 0 END AS `worst_cell_share_numerator`,
      CASE WHEN `t0`.`days` > 0 THEN 1 ELSE 0 END AS `worst_cell_share_denominator`,
      `t0`.`suspect_days` AS `worst_cell_share_suspect`,
      `t0`.`missing_days` AS `worst_cell_share_missing`
    FROM `cell_months` AS `t0`
    WHERE
      `t0`.`first_on` >= MAKE_DATE(2026, 3, 1)
      AND `t0`.`first_on` < MAKE_DATE(2026, 4, 1)
      AND `t0`.`technology` = 'GSM'
  ) AS `t1`
  GROUP BY
    1,
    2,
    3,
    4,
    5
) AS `t2`
WHERE
  (
    `t2`.`worst_cell_share_numerator` + `t2`.`worst_cell_share_denominator` + 0.0 + `t2`.`worst_cell_share_suspect` + `t2`.`worst_cell_share_missing`
  ) <> 0;
