-- Takes away only what the suspend action set.
if obj.metadata.annotations ~= nil then
  obj.metadata.annotations["servicestage.io/paused"] = nil
end
return obj
