-- Health of a ServiceStageComponent. Conditions are looked up by type, the generation comes first: an older status says nothing
-- about a newer spec. Degraded only where nothing more will be sent without a person or a change of the cause, since Argo CD
-- ends a sync at once on it; waiting and retrying are Progressing, a pause and a decision that is waited for are Suspended.
local waiting = { GrayReleaseWaiting = true, AwaitingApproval = true, OutsideWindow = true }

local status = obj.status or {}
local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end

local function holds(type)
  return conditions[type] ~= nil and conditions[type].status == "True"
end

local function health(state, message)
  return { status = state, message = message }
end

local stalled = holds("Stalled")
local ready = conditions.Ready

if obj.metadata.deletionTimestamp ~= nil then
  return health(stalled and "Degraded" or "Progressing", ready and ready.message or "Waiting for the operator to release it")
end
if holds("Paused") then
  return health("Suspended", conditions.Paused.message)
end
if ready == nil or status.observedGeneration ~= obj.metadata.generation then
  return health("Progressing", "Waiting for the operator to look at generation " .. tostring(obj.metadata.generation))
end
if stalled then
  return health("Degraded", conditions.Stalled.message)
end
if holds("Reconciling") then
  local reason = conditions.Reconciling.reason
  return health(waiting[reason] and "Suspended" or "Progressing", conditions.Reconciling.message)
end
if ready.status == "True" then
  local synced = conditions.Synced
  if synced ~= nil and synced.status == "False" then
    return health("Healthy", ready.message .. " " .. synced.message)
  end
  return health("Healthy", ready.message)
end
return health("Progressing", ready.message)
