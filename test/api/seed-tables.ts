// Tables 3-41 of the API page "Modifying Component Information Based on the Component ID" (2025-07-10), copied by hand:
// wire names in the order of the page, `!` behind those that it calls mandatory.

export const SEED_TABLES: Readonly<Record<number, string>> = {
  3: `name! labels runtime_stack! description source! build limit_cpu limit_memory request_cpu request_memory version! envs
    replica! storages deploy_strategy command post_start pre_stop mesher timezone jvm_opts tomcat_opts host_aliases dns_policy
    dns_config workload_kind security_context logs custom_metric affinity anti_affinity liveness_probe readiness_probe
    startup_probe refer_resources external_accesses tolerations container_name update_strategy multi_containers
    workload_content configs config_mode enable_sermant_injection enable_sermant_spring_register
    enable_sermant_dubbo_register enable_sermant_config cell_id swimlane_id sermantAgentInjectActionFlag sys_config
    image_pull_secrets template_source input_values auto_lts_config`,
  4: 'key! value!',
  5: 'type! name! parameters! mounts!',
  6: 'path name default_mode medium',
  7: 'path! sub_path! read_only!',
  8: 'type! rolling_release gray_release',
  9: 'batches!',
  10: `type! first_batch_weight! first_batch_replica! remaining_batch! deployment_mode replica_surge_mode rule_match_mode
    rules`,
  11: 'type! key! value! condition!',
  12: 'command args',
  13: 'type! scheme host port path command',
  14: 'port!',
  15: 'server_xml!',
  16: 'ip! hostnames!',
  17: 'nameservers searches options',
  18: 'name! value',
  19: 'run_as_user run_as_group capabilities',
  20: 'add drop',
  21: 'log_path! rotate! host_path! host_extend_path!',
  22: 'path! port! dimensions!',
  23: 'kind condition match_expressions weight topology_key',
  24: 'key! operation! value!',
  25: 'type! delay! timeout! scheme host port path command',
  26: 'id! type! parameters',
  27: 'namespace name capacity type class obs_volume_type access_mode availableZone volume_type',
  28: 'name! value value_from',
  29: 'reference_type! name! key optional',
  30: 'name! type! version! deploy_mode!',
  31: `kind! version url storage auth repo_auth repo_namespace repo_ref repo_type web_url repo_url commit_id http_username
    http_password http_command http_headers`,
  32: 'parameters',
  33: 'build_cmd dockerfile_path artifact_namespace cluster_id! node_label_selector environment_id',
  34: 'protocol address forward_port',
  35: 'enable! lts_log_path',
  36: 'key operator value effect toleration_seconds',
  37: `type max_unavailable max_surge termination_period_seconds min_ready_seconds progress_deadline_seconds
    revision_history_limit`,
  38: `container_name! source! limit_cpu limit_memory request_cpu request_memory envs liveness_probe readiness_probe
    startup_probe command post_start pre_stop logs storages security_context`,
  39: 'conifg_id! mount_path!',
  40: 'storage! url! http_username http_password http_headers',
  41: 'key! value!',
};

/** Mandatory on the page, but only under a condition or not by itself: refused by a rule or not at all. */
export const CONDITIONAL: readonly string[] = [
  '3.replica',
  '10.first_batch_weight',
  '10.first_batch_replica',
  '10.remaining_batch',
  '24.value',
];
