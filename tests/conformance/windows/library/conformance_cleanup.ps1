# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Removes what a conformance case made on a disposable server: its sites and pools by name, and its folder. Used by tests only.

#AnsibleRequires -CSharpUtil Ansible.Basic

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$spec = @{
    options = @{
        folder = @{ type = 'str'; required = $true }
        sites = @{ type = 'list'; elements = 'str'; required = $true }
        pools = @{ type = 'list'; elements = 'str'; required = $true }
    }
}

$module = [Ansible.Basic.AnsibleModule]::Create($args, $spec)

if (-not ('Microsoft.Web.Administration.ServerManager' -as [type])) {
    Add-Type -LiteralPath "$env:SystemRoot\System32\inetsrv\Microsoft.Web.Administration.dll"
}
$manager = New-Object Microsoft.Web.Administration.ServerManager
try {
    foreach ($name in $module.Params.sites) {
        $site = $manager.Sites[$name]
        if ($null -ne $site) { $manager.Sites.Remove($site); $module.Result.changed = $true }
    }
    foreach ($name in $module.Params.pools) {
        $pool = $manager.ApplicationPools[$name]
        if ($null -ne $pool) { $manager.ApplicationPools.Remove($pool); $module.Result.changed = $true }
    }
    if ($module.Result.changed) { $manager.CommitChanges() }
}
finally {
    $manager.Dispose()
}

$folder = $module.Params.folder -replace '^C:', $env:SystemDrive
$folder = $folder.Replace('\', [string][System.IO.Path]::DirectorySeparatorChar)
# A worker process that is just ending may hold a file for a moment.
for ($attempt = 0; [System.IO.Directory]::Exists($folder); $attempt++) {
    try {
        [System.IO.Directory]::Delete($folder, $true)
        $module.Result.changed = $true
    }
    catch [System.IO.IOException] {
        if ($attempt -ge 20) { $module.FailJson("$folder could not be removed: $($_.Exception.Message)") }
        [System.Threading.Thread]::Sleep(250)
    }
}

$module.ExitJson()
