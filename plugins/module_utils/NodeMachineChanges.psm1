# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Changes of the server itself: features, rights of accounts, access to folders.

#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeAccounts
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeContract
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeMachine

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$script:rights = @('SeBatchLogonRight')
$script:accessRights = @('ReadAndExecute', 'Modify')

function Invoke-InstallFeature([object]$Operation, [object]$Context) {
    $ProgressPreference = 'SilentlyContinue'
    $WarningPreference = 'SilentlyContinue'
    $name = Get-RequiredField $Operation 'name'
    $feature = Get-WindowsFeature -Name $name -ErrorAction SilentlyContinue
    if ($null -ne $feature -and $feature.InstallState.ToString() -eq 'Installed') { return New-Outcome $false @{ restart_needed = $false } }
    if ($null -eq $feature) { throw (New-NodeFailure 'not_found' "Windows knows no role, role service or feature '$name'.") }
    $problems = @()
    $result = Install-WindowsFeature -Name $name -ErrorAction SilentlyContinue -ErrorVariable problems
    $exitCode = if ($null -eq $result) { 'Failed' } else { $result.ExitCode.ToString() }
    if ($exitCode -eq 'FailedRestartRequired') { throw (New-NodeFailure 'needs_restart' "Windows has to be restarted before '$name' can be installed.") }
    if ($exitCode -like 'Failed*') {
        $text = if (@($problems).Count -gt 0) { Get-ErrorText $problems[0] } else { "Install-WindowsFeature answered $exitCode." }
        throw (New-NodeFailure 'failed' $text)
    }
    New-Outcome $true @{ restart_needed = $exitCode -like '*RestartRequired' }
}

function Invoke-GrantRight([object]$Operation, [object]$Context) {
    $account = Get-RequiredField $Operation 'account'
    $right = Get-RequiredField $Operation 'right'
    if ($right -notin $script:rights) { throw (New-NodeFailure 'failed' "The right '$right' is none that this node grants.") }
    $null = Get-AccountSid $account
    if (Invoke-WindowsAccount 'HoldsRight' $account $right) { return New-Outcome $false }
    Register-Undo $Context 'Undo-GrantRight' @{ account = $account; right = $right }
    Invoke-WindowsAccount 'GrantRight' $account $right
    New-Outcome $true
}

function Undo-GrantRight([object]$Done, [object]$Context) {
    Invoke-WindowsAccount 'RevokeRight' $Done['account'] $Done['right']
}

function Invoke-GrantAccess([object]$Operation, [object]$Context) {
    $path = Resolve-NodePath (Get-RequiredField $Operation 'path')
    $rights = Get-RequiredField $Operation 'rights'
    if ($rights -notin $script:accessRights) { throw (New-NodeFailure 'failed' "The access '$rights' is none that this node grants.") }
    if (-not [System.IO.Directory]::Exists($path) -and -not [System.IO.File]::Exists($path)) {
        throw (New-NodeFailure 'not_found' "There is no file or folder $path.")
    }
    $sid = Get-AccountSid (Get-RequiredField $Operation 'account')
    if (Invoke-WindowsMachine 'HasAccess' $path $sid $rights) { return New-Outcome $false }
    Register-Undo $Context 'Undo-GrantAccess' @{ path = $path; security = (Invoke-WindowsMachine 'GetSecurity' $path) }
    Invoke-WindowsMachine 'GrantAccess' $path $sid $rights
    New-Outcome $true
}

function Undo-GrantAccess([object]$Done, [object]$Context) {
    Invoke-WindowsMachine 'SetAccessRules' $Done['path'] $Done['security']
}
