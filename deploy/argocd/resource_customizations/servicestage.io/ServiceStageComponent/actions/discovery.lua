local paused = false
if obj.metadata.annotations ~= nil then
  paused = obj.metadata.annotations["servicestage.io/paused"] == "true"
end

local stalled = false
for _, condition in ipairs((obj.status or {}).conditions or {}) do
  if condition.type == "Stalled" and condition.status == "True" then
    stalled = true
  end
end

return {
  ["reconcile"] = { ["displayName"] = "Look at the component now", ["disabled"] = paused },
  ["suspend"] = { ["displayName"] = "Suspend", ["disabled"] = paused },
  ["resume"] = { ["displayName"] = "Resume", ["disabled"] = not paused },
  ["retry"] = { ["displayName"] = "Send again what did not succeed", ["disabled"] = not stalled },
  ["force"] = { ["displayName"] = "Send the spec again (rolls out)", ["disabled"] = paused },
}
