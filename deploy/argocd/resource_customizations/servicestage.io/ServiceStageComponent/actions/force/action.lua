-- A new value sends the spec once more although it is in force.
if obj.metadata.annotations == nil then
  obj.metadata.annotations = {}
end
obj.metadata.annotations["servicestage.io/force-apply-at"] = os.date("!%Y-%m-%dT%XZ")
return obj
