# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What only Windows can tell or do, each as one small function, and the reading of the host. A process that has loaded a type
# of the name below is asked instead: it stands for a Windows machine where there is none.

#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeContract

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$script:onWindows = [System.Environment]::OSVersion.Platform -eq 'Win32NT'
$script:machineType = 'WebFarm.SignalR.WindowsMachine'

function Read-MachineRegistry([string]$Key, [string]$Name) {
    $opened = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey($Key)
    if ($null -eq $opened) { return $null }
    try { $opened.GetValue($Name) } finally { $opened.Dispose() }
}

function Test-MachineRegistryKey([string]$Key) {
    $opened = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey($Key)
    if ($null -eq $opened) { return $false }
    $opened.Dispose()
    $true
}

$script:securityParts = 'Access, Owner, Group'

function Get-PathSecurity([string]$Path) {
    $parts = [System.Security.AccessControl.AccessControlSections]$script:securityParts
    if ([System.IO.Directory]::Exists($Path)) { [System.IO.Directory]::GetAccessControl($Path, $parts) }
    else { [System.IO.File]::GetAccessControl($Path, $parts) }
}

function Set-PathSecurity([string]$Path, [object]$Security) {
    if ([System.IO.Directory]::Exists($Path)) { [System.IO.Directory]::SetAccessControl($Path, $Security) }
    else { [System.IO.File]::SetAccessControl($Path, $Security) }
}

function New-PathSecurity([string]$Path) {
    if ([System.IO.Directory]::Exists($Path)) { New-Object System.Security.AccessControl.DirectorySecurity }
    else { New-Object System.Security.AccessControl.FileSecurity }
}

# Name, arguments and answer of each are the contract with a stand-in, too.
$script:windowsCalls = @{
    ResolvePath = { param([string]$path) $path }
    OsVersion = { [System.Environment]::OSVersion.Version.ToString(3) }
    DotNetRelease = { Read-MachineRegistry 'SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full' 'Release' }
    IisVersion = {
        $major = Read-MachineRegistry 'SOFTWARE\Microsoft\InetStp' 'MajorVersion'
        $minor = Read-MachineRegistry 'SOFTWARE\Microsoft\InetStp' 'MinorVersion'
        if ($null -eq $major) { return $null }
        "$major.$minor"
    }
    IsAdministrator = {
        $identity = [System.Security.Principal.WindowsIdentity]::GetCurrent()
        $principal = New-Object System.Security.Principal.WindowsPrincipal $identity
        $principal.IsInRole([System.Security.Principal.WindowsBuiltInRole]::Administrator)
    }
    # Servicing and Windows Update only: files that some program wants renamed at the next start delay no feature.
    PendingReboot = {
        (Test-MachineRegistryKey 'SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending') -or
        (Test-MachineRegistryKey 'SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired')
    }
    FreeBytes = {
        param([string]$path)
        (New-Object System.IO.DriveInfo ([System.IO.Path]::GetPathRoot($path))).AvailableFreeSpace
    }
    # Owner, group and access rules as SDDL text.
    GetSecurity = {
        param([string]$path)
        (Get-PathSecurity $path).GetSecurityDescriptorSddlForm([System.Security.AccessControl.AccessControlSections]$script:securityParts)
    }
    SetAccessRules = {
        param([string]$path, [string]$sddl)
        $security = New-PathSecurity $path
        $security.SetSecurityDescriptorSddlForm($sddl, [System.Security.AccessControl.AccessControlSections]::Access)
        Set-PathSecurity $path $security
    }
    SetOwner = {
        param([string]$path, [string]$sddl)
        $security = New-PathSecurity $path
        $security.SetSecurityDescriptorSddlForm($sddl, [System.Security.AccessControl.AccessControlSections]'Owner, Group')
        Set-PathSecurity $path $security
    }
    # Whether an explicit or inherited rule gives the account these rights already.
    HasAccess = {
        param([string]$path, [string]$sid, [string]$rights)
        $wanted = [int][System.Security.AccessControl.FileSystemRights]$rights
        $given = 0
        foreach ($rule in (Get-PathSecurity $path).GetAccessRules($true, $true, [System.Security.Principal.SecurityIdentifier])) {
            $isInheritOnly = ($rule.PropagationFlags -band [System.Security.AccessControl.PropagationFlags]::InheritOnly) -ne 0
            if ($rule.IdentityReference.Value -eq $sid -and $rule.AccessControlType -eq 'Allow' -and -not $isInheritOnly) {
                $given = $given -bor [int]$rule.FileSystemRights
            }
        }
        ($given -band $wanted) -eq $wanted
    }
    GrantAccess = {
        param([string]$path, [string]$sid, [string]$rights)
        $security = Get-PathSecurity $path
        $isFolder = [System.IO.Directory]::Exists($path)
        $inherit = [System.Security.AccessControl.InheritanceFlags]$(if ($isFolder) { 'ContainerInherit, ObjectInherit' } else { 'None' })
        $account = New-Object System.Security.Principal.SecurityIdentifier $sid
        $security.AddAccessRule((New-Object System.Security.AccessControl.FileSystemAccessRule $account, `
                    ([System.Security.AccessControl.FileSystemRights]$rights), $inherit, `
                    ([System.Security.AccessControl.PropagationFlags]::None), ([System.Security.AccessControl.AccessControlType]::Allow)))
        Set-PathSecurity $path $security
    }
    ProcessStarted = {
        param([int]$id)
        $process = [System.Diagnostics.Process]::GetProcessById($id)
        try { $process.StartTime.ToUniversalTime() } finally { $process.Dispose() }
    }
    # Only IIS's own worker process: a number may belong to another program by now.
    EndWorker = {
        param([int]$id)
        $process = [System.Diagnostics.Process]::GetProcessById($id)
        try {
            if ($process.ProcessName -ne 'w3wp') { throw (New-NodeFailure 'failed' "Process $id is '$($process.ProcessName)', not w3wp.") }
            $process.Kill()
        }
        finally {
            $process.Dispose()
        }
    }
}

function Invoke-WindowsMachine {
    param([string]$Name, [Parameter(ValueFromRemainingArguments = $true)][object[]]$Rest)
    $arguments = @($Rest | Where-Object { $null -ne $_ })
    $other = $script:machineType -as [type]
    if ($other) { return ($other::$Name).Invoke($arguments) }
    & $script:windowsCalls[$Name] @arguments
}

# Access rules exist on Windows, and on whatever stands for it.
function Test-HasSecurity {
    $script:onWindows -or $null -ne ($script:machineType -as [type])
}

# ---- the reading

# QueryPerformanceCounter counts from the start of Windows; a whole second, as the clock is set now and then.
function Get-BootTime {
    $seconds = [System.Diagnostics.Stopwatch]::GetTimestamp() / [double][System.Diagnostics.Stopwatch]::Frequency
    $started = [DateTime]::UtcNow.AddSeconds(-$seconds)
    ConvertTo-UtcText (New-Object DateTime ($started.Ticks - $started.Ticks % [TimeSpan]::TicksPerSecond), ([DateTimeKind]::Utc))
}

$script:hostFacts = [ordered]@{
    computer_name = { $env:COMPUTERNAME }
    os_version = { Invoke-WindowsMachine 'OsVersion' }
    powershell_version = { $PSVersionTable.PSVersion.ToString() }
    language_mode = { $ExecutionContext.SessionState.LanguageMode.ToString() }
    dotnet_release = { Invoke-WindowsMachine 'DotNetRelease' }
    iis_version = { Invoke-WindowsMachine 'IisVersion' }
    is_administrator = { Invoke-WindowsMachine 'IsAdministrator' }
    boot_time = { Get-BootTime }
    now = { ConvertTo-UtcText ([DateTime]::UtcNow) }
    pending_reboot = { Invoke-WindowsMachine 'PendingReboot' }
    shared_configuration = { Test-SharedConfiguration }
}

function Read-HostFacts {
    $answer = [ordered]@{}
    foreach ($name in $script:hostFacts.Keys) {
        $answer[$name] = $null
        try { $answer[$name] = & $script:hostFacts[$name] }
        catch { Add-Undetermined "host.$name" (Get-ErrorText $_) }
    }
    $answer
}

# ---- features

# A feature in between (InstallPending and the like) is neither there nor not there until the restart.
function Get-FeatureState([string]$Name, [object]$Feature) {
    $state = $Feature.InstallState.ToString()
    if ($state -in @('Installed', 'Available', 'Removed')) { return $state }
    Add-Undetermined "features.$Name" "The feature is in the state $state."
    'Unknown'
}

function Read-Features([object]$Request) {
    $ProgressPreference = 'SilentlyContinue'
    $answer = [ordered]@{}
    $names = @(Get-List $Request 'names')
    foreach ($name in $names) { $answer[$name] = [ordered]@{ state = 'Unknown' } }
    if ($names.Count -eq 0) { return $answer }
    foreach ($feature in @(Get-WindowsFeature -Name $names -ErrorAction SilentlyContinue)) {
        foreach ($name in $names) {
            if ($feature.Name -eq $name) { $answer[$name] = [ordered]@{ state = Get-FeatureState $name $feature } }
        }
    }
    $answer
}
