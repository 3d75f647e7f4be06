# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Writing what a farm leaves on its node, and the lease that lets one run at a time change it.

#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeContract
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeFileReplacement
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeMachine
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeRecords
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeTreeChanges

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

# For administrators and the system only, inherited by what is made in it.
$script:recordRules = 'D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)'

function Get-RecordRules {
    $script:recordRules
}

function Invoke-WriteRecord([object]$Operation, [object]$Context) {
    $folder = Resolve-NodePath (Get-RequiredField $Operation 'folder')
    Write-JsonFile (Get-RecordPath $folder (Get-RequiredField $Operation 'name')) (Get-RequiredField $Operation 'content') $Context $script:recordRules
}

function Invoke-DeleteRecord([object]$Operation, [object]$Context) {
    $folder = Resolve-NodePath (Get-RequiredField $Operation 'folder')
    $path = Get-RecordPath $folder (Get-RequiredField $Operation 'name')
    if (-not [System.IO.File]::Exists($path)) { return New-Outcome $false }
    Register-Undo $Context 'Restore-FileMemory' (Get-FileMemory $path)
    $null = Remove-FileIfThere $path
    New-Outcome $true
}

# ---- the lease

# One at a time asks for a lease: two runs that find the same one expired must not both have it.
function Open-LeaseLock([string]$Folder) {
    $made = New-Folders $Folder
    if ($made.Count -gt 0 -and (Test-HasSecurity)) { Invoke-WindowsMachine 'SetAccessRules' $Folder $script:recordRules }
    $path = [System.IO.Path]::Combine($Folder, 'lease.lock')
    Invoke-WhileHeld {
        New-Object System.IO.FileStream $path, ([System.IO.FileMode]::OpenOrCreate), ([System.IO.FileAccess]::ReadWrite), `
            ([System.IO.FileShare]::None), 1, ([System.IO.FileOptions]::DeleteOnClose)
    }
}

# A lease whose time cannot be read cannot be waited for.
function Test-LeaseExpired([object]$Lease) {
    try { (ConvertFrom-UtcText ([string](Get-Field $Lease 'expires'))) -le [DateTime]::UtcNow }
    catch { $true }
}

function Invoke-AcquireLease([object]$Operation, [object]$Context) {
    $folder = Resolve-NodePath (Get-RequiredField $Operation 'folder')
    $wanted = Get-RequiredField $Operation 'lease'
    $lock = Open-LeaseLock $folder
    try {
        $held = Read-Record $folder 'lease'
        if ($null -ne $held -and $held.Contains('unreadable')) { $held = $null }
        $isOther = $null -ne $held -and (Get-Field $held 'run') -ne (Get-RequiredField $wanted 'run')
        if ($isOther -and -not (Get-Field $Operation 'break' $false) -and -not (Test-LeaseExpired $held)) {
            throw (New-NodeFailure 'lease_held' ("The lease is held by $(Get-Field $held 'holder') (run $(Get-Field $held 'run')) " +
                    "until $(Get-Field $held 'expires')."))
        }
        $outcome = Write-JsonFile (Get-RecordPath $folder 'lease') $wanted $Context
        $outcome['detail'] = @{ previous = $held }
        $outcome
    }
    finally {
        $lock.Dispose()
    }
}

function Invoke-ReleaseLease([object]$Operation, [object]$Context) {
    $folder = Resolve-NodePath (Get-RequiredField $Operation 'folder')
    $path = Get-RecordPath $folder 'lease'
    if (-not [System.IO.File]::Exists($path)) { return New-Outcome $false }
    $lock = Open-LeaseLock $folder
    try {
        $held = Read-Record $folder 'lease'
        if ($null -eq $held -or (Get-Field $held 'run') -ne (Get-RequiredField $Operation 'run')) { return New-Outcome $false }
        New-Outcome (Remove-FileIfThere $path)
    }
    finally {
        $lock.Dispose()
    }
}
