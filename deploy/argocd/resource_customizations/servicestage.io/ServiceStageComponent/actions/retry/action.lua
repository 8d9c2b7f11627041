-- A new value lets what failed or stalled be sent once more.
if obj.metadata.annotations == nil then
  obj.metadata.annotations = {}
end
obj.metadata.annotations["servicestage.io/reset-at"] = os.date("!%Y-%m-%dT%XZ")
return obj
