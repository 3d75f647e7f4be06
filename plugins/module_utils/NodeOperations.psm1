# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The operations by name, and how a list of them is carried out: everything that has to hold is asked first, then one after the
# other, and back again when one fails.

#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeContract
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeFileChanges
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeFileReplacement
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeIisChanges
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeMachineChanges
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodePoolControl
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeRecordChanges
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeTreeChanges

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

# do: the function. target: the fields that name what it acts on. expect: what has to hold before; reads: it asks IIS.
# commits: IIS changes made so far have to be written first. final: the contract knows no undo.
$script:operations = @{
    write_file = @{ do = 'Invoke-WriteFile'; target = @('path'); expect = 'Test-FileExpectation' }
    stage_file = @{ do = 'Invoke-StageFile'; target = @('path'); expect = 'Test-FileExpectation' }
    replace_file = @{ do = 'Invoke-ReplaceFile'; target = @('path'); expect = 'Test-FileExpectation' }
    restore_file = @{ do = 'Invoke-RestoreFile'; target = @('path'); final = $true }
    settle_file = @{ do = 'Invoke-SettleFile'; target = @('path'); final = $true }
    delete_file = @{ do = 'Invoke-DeleteFile'; target = @('path'); expect = 'Test-FileExpectation' }
    make_directory = @{ do = 'Invoke-MakeDirectory'; target = @('path') }
    remove_directory = @{ do = 'Invoke-RemoveDirectory'; target = @('path'); final = $true }
    expand_archive = @{ do = 'Invoke-ExpandArchive'; target = @('destination') }
    copy_tree = @{ do = 'Invoke-CopyTree'; target = @('to') }
    write_manifest = @{ do = 'Invoke-WriteManifest'; target = @('root') }
    set_site = @{ do = 'Invoke-IisChange'; target = @('name') }
    set_application = @{ do = 'Invoke-IisChange'; target = @('site', 'path'); expect = 'Test-ApplicationExpectation'; reads = $true }
    set_pool = @{ do = 'Invoke-IisChange'; target = @('name'); expect = 'Test-PoolExpectation'; reads = $true }
    stop_pool = @{ do = 'Invoke-StopPool'; target = @('name') }
    start_pool = @{ do = 'Invoke-StartPool'; target = @('name'); commits = $true }
    recycle_pool = @{ do = 'Invoke-RecyclePool'; target = @('name'); commits = $true; final = $true }
    install_feature = @{ do = 'Invoke-InstallFeature'; target = @('name'); commits = $true; final = $true }
    grant_right = @{ do = 'Invoke-GrantRight'; target = @('account'); commits = $true }
    grant_access = @{ do = 'Invoke-GrantAccess'; target = @('path'); commits = $true }
    write_record = @{ do = 'Invoke-WriteRecord'; target = @('folder', '\', 'name', '.json') }
    delete_record = @{ do = 'Invoke-DeleteRecord'; target = @('folder', '\', 'name', '.json') }
    acquire_lease = @{ do = 'Invoke-AcquireLease'; target = @('folder', '\lease.json') }
    release_lease = @{ do = 'Invoke-ReleaseLease'; target = @('folder', '\lease.json'); final = $true }
}

# What an operation acts on, as it was written. A part of the pattern that is no field stands for itself.
function Get-OperationTarget([object]$Operation) {
    $row = $script:operations[[string](Get-Field $Operation 'op')]
    if ($null -eq $row) { return '' }
    -join ($row['target'] | ForEach-Object { if ($_ -match '^\w+$') { Get-Field $Operation $_ '' } else { $_ } })
}

function New-OperationFailure([object]$Operation, [object]$ErrorRecord) {
    [ordered]@{
        id = Get-Field $Operation 'id'; op = Get-Field $Operation 'op'; target = Get-OperationTarget $Operation
        code = Get-ErrorCode $ErrorRecord; text = Get-ErrorText $ErrorRecord
    }
}

# ---- the steps of a call

function Test-Operations([object]$Operations, [object]$Context) {
    foreach ($operation in $Operations) {
        $Context['current'] = $operation
        if (-not $script:operations.ContainsKey([string](Get-Field $operation 'op'))) {
            throw (New-NodeFailure 'unknown_operation' "There is no operation '$(Get-Field $operation 'op')'.")
        }
    }
    $manager = $null
    try {
        foreach ($operation in $Operations) {
            $Context['current'] = $operation
            $row = $script:operations[$operation['op']]
            if (-not $row.ContainsKey('expect') -or $null -eq (Get-Field $operation 'expect')) { continue }
            if (-not $row.ContainsKey('reads')) {
                & $row['expect'] $operation
                continue
            }
            if ($null -eq $manager) { $manager = Open-Iis }
            & $row['expect'] $operation $manager
        }
    }
    finally {
        if ($null -ne $manager) { $manager.Dispose() }
    }
}

function Invoke-Operations([object]$Operations, [object]$Context) {
    foreach ($operation in $Operations) {
        $row = $script:operations[$operation['op']]
        if ($row.ContainsKey('commits')) { Complete-IisChanges $Context }
        $Context['current'] = $operation
        $outcome = & $row['do'] $operation $Context
        $Context['outcomes'].Add([ordered]@{
                id = Get-Field $operation 'id'; op = $operation['op']; target = Get-OperationTarget $operation
                changed = $outcome['changed']; detail = $outcome['detail']
            })
        if ($outcome['changed'] -and $row.ContainsKey('final')) { $Context['stays'] = $true }
    }
    Complete-IisChanges $Context
}

# Takes back what was done, the last first; what could not be taken back, with the reason.
function Undo-Operations([object]$Context) {
    $left = New-Object System.Collections.Generic.List[object]
    for ($i = $Context['undo'].Count - 1; $i -ge 0; $i--) {
        $undo = $Context['undo'][$i]
        try {
            & $undo['by'] $undo['with'] $Context
        }
        catch {
            $left.Add("$($undo['operation']['op']) $(Get-OperationTarget $undo['operation']): $(Get-ErrorText $_)")
        }
    }
    return , $left
}

# ---- the call

# Everything that the contract wants of an answer but what is read after it.
function Invoke-NodeChange([object]$Request, [bool]$CheckOnly) {
    $context = @{
        run = [string](Get-RequiredField $Request 'run'); current = $null; manager = $null; stays = $false
        undo = (New-Object System.Collections.Generic.List[object]); pending = (New-Object System.Collections.Generic.List[object])
        outcomes = (New-Object System.Collections.Generic.List[object])
    }
    if ($context['run'] -notmatch '^[A-Za-z0-9_-]{1,64}$') { throw (New-NodeFailure 'failed' 'The id of a run is 1 to 64 letters, digits, "-" or "_".') }
    $operations = @(Get-List $Request 'operations')
    $answer = [ordered]@{ changed = $false; outcomes = $context['outcomes'] }
    try {
        Test-Operations $operations $context
        if ($CheckOnly) { return $answer }
        Invoke-Operations $operations $context
        $answer['changed'] = @($context['outcomes'] | Where-Object { $_['changed'] }).Count -gt 0
    }
    catch {
        $failure = New-OperationFailure $context['current'] $_
        # What was never committed was not carried out.
        $dropped = @($context['pending'] | ForEach-Object { $_['operation']['id'] })
        $answer['outcomes'] = @($context['outcomes'] | Where-Object { $_['id'] -notin $dropped })
        Close-IisChanges $context
        $left = Undo-Operations $context
        $answer['failure'] = $failure
        $answer['undone'] = $left.Count -eq 0
        $answer['left'] = $left
        $answer['changed'] = $left.Count -gt 0 -or $context['stays']
    }
    finally {
        Close-IisChanges $context
    }
    $answer
}
