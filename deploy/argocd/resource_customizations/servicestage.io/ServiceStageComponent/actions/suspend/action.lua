-- The annotation, not spec.suspend: self-heal would set the spec back.
if obj.metadata.annotations == nil then
  obj.metadata.annotations = {}
end
obj.metadata.annotations["servicestage.io/paused"] = "true"
return obj
