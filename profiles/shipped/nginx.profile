# SPDX-License-Identifier: MIT
# Started by root: binds its ports, and lets others do the work.
include nginx.local
caps.keep chown,dac_override,kill,net_bind_service,setgid,setuid
include server.profile
