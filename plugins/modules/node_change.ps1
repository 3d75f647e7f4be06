#!powershell

# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

#AnsibleRequires -CSharpUtil Ansible.Basic
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeContract
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeOperations
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
$failure = $null

try {
    $request = Read-NodeRequest $module.Params.request
    $answer = Invoke-NodeChange $request $module.CheckMode
    foreach ($name in $answer.Keys) { Add-PlainValue $module.Result $name $answer[$name] }
    $failure = Get-Field $answer 'failure'
    $after = if ($module.CheckMode) { $null } else { Get-Field $request 'after' }
    Add-PlainValue $module.Result 'state' (Read-NodeState $after)
    Add-PlainValue $module.Result 'undetermined' (Get-Undetermined)
}
catch {
    # Without the error record: its text would name the line of a script that nobody has.
    $module.FailJson((Get-ErrorText $_))
}
if ($null -ne $failure) { $module.FailJson("$($failure['op']) $($failure['target']): $($failure['text'])") }
$module.ExitJson()
