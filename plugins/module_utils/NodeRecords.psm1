# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What a farm leaves on its node between two runs: the marker, the lease and the journal. None of them holds a secret.

#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeContract
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeFiles

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$script:recordNames = @('marker', 'lease', 'journal')

function Get-RecordPath([string]$Folder, [string]$Name) {
    if ($Name -notin $script:recordNames) { throw (New-NodeFailure 'failed' "There is no record of the name '$Name'.") }
    [System.IO.Path]::Combine($Folder, "$Name.json")
}

# The record's content, $null where there is none, and {"unreadable"} where it is no JSON object.
function Read-Record([string]$Folder, [string]$Name) {
    $path = Get-RecordPath $Folder $Name
    if (-not [System.IO.File]::Exists($path)) { return $null }
    try {
        $content = ConvertFrom-JsonText ([System.Text.Encoding]::UTF8.GetString((Read-FileBytes $path)))
        if ($content -is [System.Collections.IDictionary]) { return $content }
        [ordered]@{ unreadable = 'The file holds no JSON object.' }
    }
    catch {
        [ordered]@{ unreadable = Get-ErrorText $_ }
    }
}

function Read-Records([object]$Request) {
    $folder = Resolve-NodePath (Get-RequiredField $Request 'folder')
    $answer = [ordered]@{}
    foreach ($name in $script:recordNames) { $answer[$name] = Read-Record $folder $name }
    $answer
}
