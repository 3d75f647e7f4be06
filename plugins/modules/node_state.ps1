#!powershell

# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

#AnsibleRequires -CSharpUtil Ansible.Basic
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeContract
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeReadings

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$spec = @{
    options = @{
        request = @{ type = 'str'; required = $true; no_log = $true }
    }
    supports_check_mode = $true
}

$module = [Ansible.Basic.AnsibleModule]::Create($args, $spec)
$module.Result.changed = $false
$module.Result.contract = 1

try {
    $request = Read-NodeRequest $module.Params.request
    $state = Read-NodeState (Get-Field $request 'readings')
    Add-PlainValue $module.Result 'state' $state
    Add-PlainValue $module.Result 'undetermined' (Get-Undetermined)
}
catch {
    # Without the error record: its text would name the line of a script that nobody has.
    $module.FailJson((Get-ErrorText $_))
}
$module.ExitJson()
