# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What Windows knows of the accounts that pools run as. The only part that calls Windows by P/Invoke: it is compiled when an
# account or a right is asked for and not before, as hardened servers may refuse it.

#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeAccountsNative
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeContract

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$script:accountType = 'WebFarm.SignalR.WindowsAccount'

# Calls one of the static methods of the class; another of the same name that is loaded already stands for Windows.
function Invoke-WindowsAccount {
    param([string]$Name, [Parameter(ValueFromRemainingArguments = $true)][object[]]$Rest)
    if (-not ($script:accountType -as [type])) { Add-Type -TypeDefinition (Get-WindowsAccountSource) }
    $type = $script:accountType -as [type]
    if ($null -eq $Rest) { return ($type::$Name).Invoke() }
    ($type::$Name).Invoke($Rest)
}

$script:accountFacts = [ordered]@{
    enabled = { param($name) Invoke-WindowsAccount 'IsEnabled' $name }
    locked = { param($name) Invoke-WindowsAccount 'IsLocked' $name }
    expired = { param($name) Invoke-WindowsAccount 'IsExpired' $name }
    password_expired = { param($name) Invoke-WindowsAccount 'IsPasswordExpired' $name }
    is_gmsa = { param($name) Invoke-WindowsAccount 'IsGmsa' $name }
    gmsa_usable = { param($name) Invoke-WindowsAccount 'IsGmsaUsable' $name }
    batch_right = { param($name) Invoke-WindowsAccount 'HoldsRight' $name 'SeBatchLogonRight' }
}

function Get-AccountFacts([string]$Name, [object]$Password) {
    $facts = [ordered]@{
        exists = $null; enabled = $null; locked = $null; expired = $null; password_expired = $null; is_gmsa = $null; gmsa_usable = $null
        logon = $null; batch_right = $null
    }
    # Once: a wrong password counts towards the lockout of the account, on every node.
    if ($null -ne $Password) {
        try { $facts['logon'] = Invoke-WindowsAccount 'Logon' $Name $Password }
        catch { Add-Undetermined "accounts.$Name.logon" (Get-ErrorText $_) }
    }
    try { $facts['exists'] = -not [string]::IsNullOrEmpty((Invoke-WindowsAccount 'Sid' $Name)) }
    catch { Add-Undetermined "accounts.$Name" (Get-ErrorText $_) }
    if (-not $facts['exists']) { return $facts }
    foreach ($fact in $script:accountFacts.Keys) {
        if ($fact -eq 'gmsa_usable' -and -not $facts['is_gmsa']) { continue }
        try { $facts[$fact] = & $script:accountFacts[$fact] $Name }
        catch { Add-Undetermined "accounts.$Name.$fact" (Get-ErrorText $_) }
    }
    $facts
}

function Read-Accounts([object]$Request) {
    $answer = [ordered]@{}
    foreach ($account in @(Get-List $Request 'accounts')) {
        $name = Get-RequiredField $account 'name'
        $answer[$name] = Get-AccountFacts $name (Get-Field $account 'password')
    }
    $answer
}

# The account's SID, or a failure that names it.
function Get-AccountSid([string]$Account) {
    $sid = Invoke-WindowsAccount 'Sid' $Account
    if ([string]::IsNullOrEmpty($sid)) { throw (New-NodeFailure 'not_found' "Windows knows no account '$Account'.") }
    $sid
}
