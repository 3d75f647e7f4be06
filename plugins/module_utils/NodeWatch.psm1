# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What runs, and what Windows wrote down about it: worker processes and events.

#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeContract
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeIis
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeMachine

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

# ---- worker processes

function Get-Workers([object]$Manager, [string]$Pool) {
    $workers = New-Object System.Collections.Generic.List[object]
    foreach ($worker in $Manager.WorkerProcesses) {
        if ($worker.AppPoolName -ne $Pool) { continue }
        $facts = [ordered]@{ process_id = [int]$worker.ProcessId; started = $null; state = Get-StateText $worker }
        try { $facts['started'] = ConvertTo-UtcText (Invoke-WindowsMachine 'ProcessStarted' $facts['process_id']) }
        catch { Add-Undetermined "workers.$Pool.$($facts['process_id']).started" (Get-ErrorText $_) }
        $workers.Add($facts)
    }
    return , $workers
}

function Read-Workers([object]$Request) {
    $answer = [ordered]@{}
    $manager = Open-Iis
    try {
        foreach ($pool in @(Get-List $Request 'pools')) { $answer[$pool] = Get-Workers $manager $pool }
    }
    finally {
        $manager.Dispose()
    }
    $answer
}

# ---- events

$script:mostEvents = 20
$script:eventSources = @(
    @{ log = 'System'; provider = 'Microsoft-Windows-WAS'; ids = @(5002, 5011, 5021, 5057, 5059) }
    @{ log = 'Application'; provider = 'ASP.NET 4.0.30319.0'; ids = @(1309) }
    @{ log = 'Application'; provider = '.NET Runtime'; ids = @(1026) }
)

# Long hexadecimal or Base64 text, and what follows a word for a secret, is not told.
$script:secretPatterns = [ordered]@{
    '(?i)((?:password|passwort|pwd|secret|validationKey|decryptionKey)\s*[=:]\s*)("[^"]*"|''[^'']*''|[^\s;,"'']+)' = '$1********'
    '\b[0-9A-Fa-f]{32,}\b' = '********'
    '[A-Za-z0-9+/]{40,}={0,2}' = '********'
}

function Hide-Secrets([string]$Text) {
    foreach ($pattern in $script:secretPatterns.Keys) { $Text = [regex]::Replace($Text, $pattern, [string]$script:secretPatterns[$pattern]) }
    $Text
}

# Events of one source since a time, newest first: by provider and number, as Windows may speak any language.
function Read-EventLog([object]$Source, [DateTime]$Since) {
    $numbers = ($Source['ids'] | ForEach-Object { "EventID=$_" }) -join ' or '
    $query = "*[System[Provider[@Name='$($Source['provider'])'] and ($numbers) and TimeCreated[@SystemTime>='$(ConvertTo-UtcText $Since)']]]"
    $asked = New-Object System.Diagnostics.Eventing.Reader.EventLogQuery $Source['log'], ([System.Diagnostics.Eventing.Reader.PathType]::LogName), $query
    $asked.ReverseDirection = $true
    $reader = New-Object System.Diagnostics.Eventing.Reader.EventLogReader $asked
    try {
        for ($read = 0; $read -lt $script:mostEvents; $read++) {
            $record = $reader.ReadEvent()
            if ($null -eq $record) { break }
            $text = $record.FormatDescription()
            if (-not $text) { $text = ($record.Properties | ForEach-Object { $_.Value }) -join ' ' }
            @{ time = $record.TimeCreated.ToUniversalTime(); provider = $record.ProviderName; id = [int]$record.Id; text = $text }
            $record.Dispose()
        }
    }
    finally {
        $reader.Dispose()
    }
}

$script:windowsEvents = {
    param([DateTime]$since)
    foreach ($source in $script:eventSources) { Read-EventLog $source $since }
}

function Get-Events([DateTime]$Since) {
    $other = 'WebFarm.SignalR.WindowsEvents' -as [type]
    if ($other) { return $other::Read($Since) }
    & $script:windowsEvents $Since
}

# An event of WAS names its pool; those of ASP.NET and .NET name an application, and are told whichever pool was asked for.
function Test-IsAbout([object]$Happened, [object]$Pools) {
    if ($Pools.Count -eq 0 -or $Happened['provider'] -ne 'Microsoft-Windows-WAS') { return $true }
    foreach ($pool in $Pools) {
        if ($Happened['text'] -match ('(?<![\w.-])' + [regex]::Escape($pool) + '(?![\w-])')) { return $true }
    }
    $false
}

function Read-Events([object]$Request) {
    $since = ConvertFrom-UtcText (Get-RequiredField $Request 'since')
    $pools = @(Get-List $Request 'pools')
    $about = @(Get-Events $since | Where-Object { Test-IsAbout $_ $pools })
    $found = @($about | Sort-Object -Property { $_['time'] } -Descending | Select-Object -First $script:mostEvents)
    [array]::Reverse($found)
    return , @($found | ForEach-Object {
            $text = Hide-Secrets $_['text'].Replace("`r", '').Trim()
            [ordered]@{ time = ConvertTo-UtcText $_['time']; provider = $_['provider']; id = $_['id']; text = $text }
        })
}
