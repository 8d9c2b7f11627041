-- One look at the component; no call that changes it.
if obj.metadata.annotations == nil then
  obj.metadata.annotations = {}
end
obj.metadata.annotations["servicestage.io/reconcile-requested-at"] = os.date("!%Y-%m-%dT%XZ")
return obj
