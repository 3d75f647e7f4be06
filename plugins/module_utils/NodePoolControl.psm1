# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Starting, stopping and recycling pools. WAS does all of it later: a stop is over when the last worker process is gone, a pool just
# made has no state at all, and one whose identity cannot log on starts and stops again.

#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeContract
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeIis
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeMachine
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeWatch

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$script:pause = 100
$script:unknownSeconds = 10
$script:endSeconds = 10
$script:watchSeconds = 2
# What was given up for taking too long may need more time to go back.
$script:undoSeconds = 30
$script:identityEvents = @(5021, 5057, 5059)

function Get-KnownPool([object]$Manager, [string]$Name) {
    $null = Get-PoolElements $Manager
    $pool = $Manager.ApplicationPools[$Name]
    if ($null -eq $pool) { throw (New-NodeFailure 'not_found' "There is no application pool '$Name'.") }
    $pool
}

# Waits until the pool is in one of these states; the state that it is in at the end.
function Wait-PoolState([object]$Pool, [string[]]$States, [double]$Seconds) {
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    while ($true) {
        $state = Get-StateText $Pool
        if ($state -in $States -or $watch.Elapsed.TotalSeconds -ge $Seconds) { return $state }
        [System.Threading.Thread]::Sleep($script:pause)
    }
}

# WAS takes up a pool a moment after the commit that made it.
function Wait-PoolKnown([object]$Pool) {
    Wait-PoolState $Pool @('Started', 'Stopped', 'Starting', 'Stopping') $script:unknownSeconds
}

function Get-WorkerIds([object]$Manager, [string]$Name) {
    @($Manager.WorkerProcesses | Where-Object { $_.AppPoolName -eq $Name } | ForEach-Object { [int]$_.ProcessId })
}

# ---- stopping

# Ends what is left of the worker processes that the pool had; the numbers of those that had to be ended.
function Stop-Workers([object]$Ids) {
    foreach ($id in $Ids) {
        try {
            Invoke-WindowsMachine 'EndWorker' $id
            $id
        }
        catch [System.ArgumentException] {
            Write-Verbose "Process $id has ended by itself."
        }
    }
}

function Invoke-StopPool([object]$Operation, [object]$Context) {
    $name = Get-RequiredField $Operation 'name'
    $manager = Open-Iis
    try {
        $pool = Get-KnownPool $manager $name
        $was = Wait-PoolKnown $pool
        $detail = [ordered]@{ was = $was; ended = @(); seconds = 0 }
        if ($was -eq 'Stopped') { return New-Outcome $false $detail }
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        $ids = @(Get-WorkerIds $manager $name)
        Register-Undo $Context 'Undo-StopPool' @{ name = $name; wait = (Get-RequiredField $Operation 'wait') }
        if ($was -eq 'Starting') { $null = Wait-PoolState $pool @('Started', 'Stopped') (Get-RequiredField $Operation 'wait') }
        if ((Get-StateText $pool) -notin @('Stopping', 'Stopped')) { $null = $pool.Stop() }
        $state = Wait-PoolState $pool @('Stopped') (Get-RequiredField $Operation 'wait')
        if ($state -ne 'Stopped') {
            $detail['ended'] = @(Stop-Workers @($ids + (Get-WorkerIds $manager $name) | Select-Object -Unique))
            $state = Wait-PoolState $pool @('Stopped') $script:endSeconds
        }
        $detail['seconds'] = [Math]::Round($watch.Elapsed.TotalSeconds, 3)
        if ($state -ne 'Stopped') {
            throw (New-NodeFailure 'timeout' "The application pool '$name' is $state after $($detail['seconds']) seconds.")
        }
        New-Outcome $true $detail
    }
    finally {
        $manager.Dispose()
    }
}

function Undo-StopPool([object]$Done, [object]$Context) {
    $null = Start-KnownPool $Done['name'] ([Math]::Max($script:undoSeconds, $Done['wait']))
}

# ---- starting

# Why WAS gave the pool up again, as a failure: what it wrote down says whether it was the identity.
function New-StartFailure([string]$Name, [DateTime]$Since) {
    try {
        $events = @(Get-Events $Since | Where-Object { $_['id'] -in $script:identityEvents -and (Test-IsAbout $_ @($Name)) })
    }
    catch {
        $events = @()
    }
    if ($events.Count -gt 0) { return New-NodeFailure 'identity' (Hide-Secrets $events[0]['text'].Replace("`r", '').Replace("`n", ' ').Trim()) }
    New-NodeFailure 'failed' "The application pool '$Name' started and stopped again at once."
}

# A pool whose worker process starts at once shows at once whether its identity can log on.
function Wait-FirstWorker([object]$Manager, [object]$Pool, [string]$Name) {
    $element = Find-Element (Get-PoolElements $Manager) 'name' $Name
    if ((Get-PoolField $element 'start_mode') -ne 'AlwaysRunning' -or (Get-PoolField $element 'identity_type') -ne 'SpecificUser') { return }
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    while ($watch.Elapsed.TotalSeconds -lt $script:watchSeconds -and (Get-StateText $Pool) -eq 'Started') {
        if (@(Get-WorkerIds $Manager $Name).Count -gt 0) { return }
        [System.Threading.Thread]::Sleep($script:pause)
    }
}

# Started afterwards, or a failure; the state before and the seconds that it took.
function Start-KnownPool([string]$Name, [double]$Wait) {
    $since = [DateTime]::UtcNow.AddSeconds(-1)
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    $manager = Open-Iis
    try {
        $pool = Get-KnownPool $manager $Name
        $was = Wait-PoolKnown $pool
        if ($was -eq 'Started') { return [ordered]@{ was = $was; seconds = 0 } }
        $state = if ($was -eq 'Stopping') { Wait-PoolState $pool @('Stopped') $Wait } else { $was }
        if ($state -eq 'Stopped') { $null = $pool.Start() }
        $state = Wait-PoolState $pool @('Started', 'Stopped') ($Wait - $watch.Elapsed.TotalSeconds)
        if ($state -eq 'Started') {
            Wait-FirstWorker $manager $pool $Name
            $state = Get-StateText $pool
        }
        if ($state -eq 'Stopped') { throw (New-StartFailure $Name $since) }
        $seconds = [Math]::Round($watch.Elapsed.TotalSeconds, 3)
        if ($state -ne 'Started') { throw (New-NodeFailure 'timeout' "The application pool '$Name' is $state after $seconds seconds.") }
        [ordered]@{ was = $was; seconds = $seconds }
    }
    finally {
        $manager.Dispose()
    }
}

function Invoke-StartPool([object]$Operation, [object]$Context) {
    $name = Get-RequiredField $Operation 'name'
    Register-Undo $Context 'Undo-StartPool' @{ name = $name; wait = (Get-RequiredField $Operation 'wait'); was = (Get-PoolStateNow $name) }
    $detail = Start-KnownPool $name (Get-RequiredField $Operation 'wait')
    New-Outcome ($detail['was'] -ne 'Started') $detail
}

function Get-PoolStateNow([string]$Name) {
    $manager = Open-Iis
    try { Get-StateText (Get-KnownPool $manager $Name) }
    finally { $manager.Dispose() }
}

function Undo-StartPool([object]$Done, [object]$Context) {
    if ($Done['was'] -ne 'Stopped' -or (Get-PoolStateNow $Done['name']) -eq 'Stopped') { return }
    $undone = @{ run = $Context['run']; undo = (New-Object System.Collections.Generic.List[object]); current = $null }
    $null = Invoke-StopPool @{ name = $Done['name']; wait = [Math]::Max($script:undoSeconds, $Done['wait']) } $undone
}

# ---- recycling

function Invoke-RecyclePool([object]$Operation, [object]$Context) {
    $manager = Open-Iis
    try {
        $pool = Get-KnownPool $manager (Get-RequiredField $Operation 'name')
        if ((Wait-PoolKnown $pool) -ne 'Started') { return New-Outcome $false }
        $null = $pool.Recycle()
        New-Outcome $true
    }
    finally {
        $manager.Dispose()
    }
}
