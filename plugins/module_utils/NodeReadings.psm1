# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The readings by name, for node_state and for what node_change reads after a change.

#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeAccounts
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeConfiguration
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeContract
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeFiles
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeIis
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeMachine
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeRecords
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeReleases
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeWatch

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$script:readings = @{
    host = 'Read-HostFacts'
    features = 'Read-Features'
    iis = 'Read-Iis'
    configuration = 'Read-Configuration'
    files = 'Read-Files'
    releases = 'Read-Releases'
    listing = 'Read-Listing'
    accounts = 'Read-Accounts'
    records = 'Read-Records'
    workers = 'Read-Workers'
    events = 'Read-Events'
}

# Reads what is asked for. A reading that fails is $null and has its reason among what is undetermined; the others go on.
function Read-NodeState([object]$Asked) {
    $state = [ordered]@{}
    if ($null -eq $Asked) { return $state }
    foreach ($name in @($Asked.Keys)) {
        $state[$name] = $null
        if (-not $script:readings.ContainsKey($name)) {
            Add-Undetermined $name "This node knows no reading '$name'."
            continue
        }
        try { $state[$name] = & $script:readings[$name] $Asked[$name] }
        catch { Add-Undetermined $name (Get-ErrorText $_) }
    }
    $state
}
