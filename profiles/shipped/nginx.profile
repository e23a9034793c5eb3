# SPDX-License-Identifier: MIT
# Started by root in the foreground (daemon off): binds its ports, and lets
# others do the work. It was learned which capabilities that takes; kill is to
# end a worker of another user that does not answer.
include nginx.local
caps.keep chown,dac_override,kill,net_bind_service,setgid,setuid
include server.profile
