# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Changes of sites, applications and pools. They are made in one ServerManager and written by one CommitChanges, which fails when
# somebody else has written applicationHost.config meanwhile; then they are made anew on what is there now.

#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeContract
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeFileReplacement
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeIis
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeMachine
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeRecordChanges
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeTreeChanges

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$script:commitPauses = @(100, 300, 900, 2000)
$script:keptCopies = 3
$script:copyRules = 'D:P(A;;FA;;;SY)(A;;FA;;;BA)'
$script:hidden = '********'

# ---- what has to hold before

function Test-ApplicationExpectation([object]$Operation, [object]$Manager) {
    $expected = Get-Field $Operation 'expect'
    if ($null -eq $expected) { return }
    $name = (Get-RequiredField $Operation 'site') + (ConvertTo-VirtualPath (Get-RequiredField $Operation 'path'))
    $application = Find-Application $Manager $Operation
    if ($expected.Contains('exists') -and [bool]$expected['exists'] -ne ($null -ne $application)) {
        throw (New-NodeFailure 'precondition' "The application '$name' is $(if ($application) { 'there' } else { 'not there' }), unlike when it was read.")
    }
    if ($expected.Contains('physical_path')) {
        $found = if ($null -eq $application) { $null } else { Get-RootPath $application }
        if ($found -ne $expected['physical_path']) {
            throw (New-NodeFailure 'precondition' "The application '$name' has another folder than the one that was read: '$found'.")
        }
    }
}

function Test-PoolExpectation([object]$Operation, [object]$Manager) {
    $expected = Get-Field $Operation 'expect'
    if ($null -eq $expected) { return }
    $name = Get-RequiredField $Operation 'name'
    $facts = Get-PoolFacts $Manager (Get-PoolElements $Manager) @() $name $null
    foreach ($field in $expected.Keys) {
        if (-not $facts.Contains($field)) { throw (New-NodeFailure 'precondition' "A pool has no field '$field'.") }
        if (-not (Test-SameValue $facts[$field] $expected[$field])) {
            throw (New-NodeFailure 'precondition' "The application pool '$name' has another $field than the one that was read: '$($facts[$field])'.")
        }
    }
}

# Text without regard to case, as Windows compares names; numbers whatever their type.
function Test-SameValue([object]$First, [object]$Second) {
    if ($null -eq $First -or $null -eq $Second) { return ($null -eq $First -and $null -eq $Second) }
    $First -eq $Second
}

# ---- finding

function Find-Application([object]$Manager, [object]$Operation) {
    $site = Find-Element (Get-SiteElements $Manager) 'name' (Get-RequiredField $Operation 'site')
    if ($null -eq $site) { return $null }
    Find-Element $site.GetCollection() 'path' (ConvertTo-VirtualPath (Get-RequiredField $Operation 'path'))
}

function Get-KnownSite([object]$Manager, [string]$Name) {
    $site = Find-Element (Get-SiteElements $Manager) 'name' $Name
    if ($null -eq $site) { throw (New-NodeFailure 'not_found' "There is no site '$Name'.") }
    $site
}

function Set-RootPath([object]$Application, [string]$Path) {
    $root = Find-Element $Application.GetCollection() 'path' '/'
    if ($null -eq $root) { throw (New-NodeFailure 'not_found' 'The application has no virtual directory "/".') }
    $root.SetAttributeValue('physicalPath', $Path)
}

# ---- sites: each change answers $null when there is nothing to do, else what to put back

# What is needed to make a binding again: a certificate belongs to HTTP.SYS, not to applicationHost.config.
function Get-BindingMemory([object]$Binding) {
    $memory = Get-BindingFacts $Binding
    $memory['hash'] = $Binding.CertificateHash
    $memory['store'] = $Binding.CertificateStoreName
    $memory
}

function Add-SiteBinding([object]$Site, [object]$Wanted) {
    $hash = Get-Field $Wanted 'hash'
    if ($null -ne $hash) { $binding = $Site.Bindings.Add($Wanted['information'], $hash, $Wanted['store']) }
    else { $binding = $Site.Bindings.Add($Wanted['information'], $Wanted['protocol']) }
    $flags = Get-Field $Wanted 'ssl_flags' 0
    if ($flags) { $binding.SetAttributeValue('sslFlags', [int]$flags) }
}

function Find-Binding([object]$Bindings, [object]$Wanted) {
    foreach ($binding in $Bindings) {
        if ($binding.Protocol -eq $Wanted['protocol'] -and $binding.BindingInformation -eq $Wanted['information']) { return $binding }
    }
    $null
}

# Adds, changes and removes bindings until there are just these; whether there was anything to do.
function Set-SiteBindings([object]$Site, [object]$Wanted) {
    $changed = $false
    foreach ($binding in @($Site.Bindings | ForEach-Object { $_ })) {
        $isWanted = @($Wanted | Where-Object { $_['protocol'] -eq $binding.Protocol -and $_['information'] -eq $binding.BindingInformation }).Count -gt 0
        if (-not $isWanted) {
            $Site.Bindings.Remove($binding)
            $changed = $true
        }
    }
    foreach ($item in $Wanted) {
        $binding = Find-Binding $Site.Bindings $item
        if ($null -eq $binding) {
            Add-SiteBinding $Site $item
            $changed = $true
        }
        elseif ($item.Contains('ssl_flags') -and (Get-BindingFacts $binding)['ssl_flags'] -ne $item['ssl_flags']) {
            $binding.SetAttributeValue('sslFlags', [int]$item['ssl_flags'])
            $changed = $true
        }
    }
    $changed
}

function Set-SiteInManager([object]$Manager, [object]$Operation) {
    $name = Get-RequiredField $Operation 'name'
    $path = Get-Field $Operation 'physical_path'
    $bindings = @(Get-List $Operation 'bindings')
    $isGiven = $null -ne (Get-Field $Operation 'bindings')
    $element = Find-Element (Get-SiteElements $Manager) 'name' $name
    if ($null -eq $element) {
        if ($null -eq $path -or $bindings.Count -eq 0) { throw (New-NodeFailure 'not_found' "There is no site '$name'.") }
        $made = $Manager.Sites.Add($name, $bindings[0]['protocol'], $bindings[0]['information'], $path)
        $null = Set-SiteBindings $made $bindings
        return @{ kind = 'site'; name = $name; existed = $false }
    }
    $site = $Manager.Sites[$name]
    $root = Find-Element $element.GetCollection() 'path' '/'
    $memory = @{
        kind = 'site'; name = $name; existed = $true; physical_path = Get-RootPath $root
        bindings = @($site.Bindings | ForEach-Object { Get-BindingMemory $_ })
    }
    $changed = $false
    if ($isGiven) { $changed = Set-SiteBindings $site $bindings }
    if ($null -ne $path -and $path -ne $memory['physical_path']) {
        Set-RootPath $root $path
        $changed = $true
    }
    if ($changed) { $memory }
}

function Restore-Site([object]$Manager, [object]$Memory) {
    $site = $Manager.Sites[$Memory['name']]
    if ($null -eq $site) { return }
    if (-not $Memory['existed']) {
        $Manager.Sites.Remove($site)
        return
    }
    $null = Set-SiteBindings $site $Memory['bindings']
    Set-RootPath (Find-Element (Get-KnownSite $Manager $Memory['name']).GetCollection() 'path' '/') $Memory['physical_path']
}

# ---- applications

function Set-ApplicationInManager([object]$Manager, [object]$Operation) {
    $siteName = Get-RequiredField $Operation 'site'
    $path = ConvertTo-VirtualPath (Get-RequiredField $Operation 'path')
    $null = Get-KnownSite $Manager $siteName
    $physical = Get-Field $Operation 'physical_path'
    $pool = Get-Field $Operation 'pool'
    $application = Find-Application $Manager $Operation
    $memory = @{ kind = 'application'; site = $siteName; path = $path; existed = $null -ne $application; physical_path = $null; pool = $null }
    if ($null -eq $application) {
        if ($null -eq $physical) { throw (New-NodeFailure 'not_found' "There is no application '$siteName$path'.") }
        $made = $Manager.Sites[$siteName].Applications.Add($path, $physical)
        if ($null -ne $pool) { $made.SetAttributeValue('applicationPool', $pool) }
        return $memory
    }
    $changed = $false
    $memory['physical_path'] = Get-RootPath $application
    $memory['pool'] = [string]$application.GetAttributeValue('applicationPool')
    if ($null -ne $physical -and -not [string]::Equals($physical, $memory['physical_path'], [StringComparison]::Ordinal)) {
        Set-RootPath $application $physical
        $changed = $true
    }
    if ($null -ne $pool -and $pool -ne $memory['pool']) {
        $application.SetAttributeValue('applicationPool', $pool)
        $changed = $true
    }
    if ($changed) { $memory }
}

function Restore-Application([object]$Manager, [object]$Memory) {
    $application = Find-Application $Manager $Memory
    if ($null -eq $application) { return }
    if (-not $Memory['existed']) {
        $applications = $Manager.Sites[$Memory['site']].Applications
        $applications.Remove($applications[$Memory['path']])
        return
    }
    Set-RootPath $application $Memory['physical_path']
    $application.SetAttributeValue('applicationPool', $Memory['pool'])
}

# ---- pools

# What has to be set, with what it is now. The password is compared as it is: it has a case.
function Get-PoolDifferences([object]$Pool, [object]$Settings) {
    $before = [ordered]@{}
    foreach ($name in $Settings.Keys) {
        if ($name -eq 'password') {
            $stored = Get-StoredPassword $Pool
            if (-not [string]::Equals($stored, [string]$Settings[$name], [StringComparison]::Ordinal)) { $before[$name] = $stored }
        }
        elseif ($name -notin (Get-PoolFieldNames)) { throw (New-NodeFailure 'failed' "A pool has no setting '$name'.") }
        else {
            $found = Get-PoolField $Pool $name
            if (-not (Test-SameValue $found $Settings[$name])) { $before[$name] = $found }
        }
    }
    $before
}

function Set-PoolInManager([object]$Manager, [object]$Operation) {
    $name = Get-RequiredField $Operation 'name'
    $settings = Get-RequiredField $Operation 'settings'
    $pool = Find-Element (Get-PoolElements $Manager) 'name' $name
    $existed = $null -ne $pool
    try {
        if (-not $existed) { $pool = $Manager.ApplicationPools.Add($name) }
        $before = Get-PoolDifferences $pool $settings
        if ($existed -and $before.Count -eq 0) { return }
        foreach ($field in @($before.Keys)) { Set-PoolField $pool $field $settings[$field] }
    }
    catch {
        throw (New-NodeFailure (Get-ErrorCode $_) (Hide-Password (Get-ErrorText $_) $settings))
    }
    @{ kind = 'pool'; name = $name; existed = $existed; before = $before }
}

# An error of IIS may quote the value that it did not take.
function Hide-Password([string]$Text, [object]$Settings) {
    $password = [string](Get-Field $Settings 'password' '')
    if ($password) { $Text.Replace($password, $script:hidden) } else { $Text }
}

function Restore-Pool([object]$Manager, [object]$Memory) {
    $pool = Find-Element (Get-PoolElements $Manager) 'name' $Memory['name']
    if ($null -eq $pool) { return }
    if (-not $Memory['existed']) {
        $Manager.ApplicationPools.Remove($Manager.ApplicationPools[$Memory['name']])
        return
    }
    foreach ($field in @($Memory['before'].Keys)) { Set-PoolField $pool $field $Memory['before'][$field] }
}

# ---- one commit

$script:iisChanges = @{
    set_site = @{ apply = 'Set-SiteInManager'; expect = $null }
    set_application = @{ apply = 'Set-ApplicationInManager'; expect = 'Test-ApplicationExpectation' }
    set_pool = @{ apply = 'Set-PoolInManager'; expect = 'Test-PoolExpectation' }
}
$script:restores = @{ site = 'Restore-Site'; application = 'Restore-Application'; pool = 'Restore-Pool' }

# Makes one change in the call's ServerManager; it is written by Complete-IisChanges.
function Invoke-IisChange([object]$Operation, [object]$Context) {
    if ($null -eq $Context['manager']) { $Context['manager'] = Open-Iis }
    $memory = & $script:iisChanges[$Operation['op']]['apply'] $Context['manager'] $Operation
    if ($null -eq $memory) { return New-Outcome $false }
    $Context['pending'].Add(@{ operation = $Operation; memory = $memory })
    New-Outcome $true
}

# Whether the attempt is worth another: not where Windows refuses, or does not understand what it is given.
function Test-CommitWorthAgain([object]$ErrorRecord) {
    (Get-ErrorCode $ErrorRecord) -ne 'access_denied' -and (Get-ErrorNumber $ErrorRecord) -notin @('8007000D', '80070057', '80070050', '800700B7')
}

# The same changes on the configuration as it is now, after asking again what has to hold.
function Restart-IisChanges([object]$Context) {
    $Context['manager'].Dispose()
    $Context['manager'] = Open-Iis
    foreach ($item in $Context['pending']) {
        $row = $script:iisChanges[$item['operation']['op']]
        if ($row['expect']) { & $row['expect'] $item['operation'] $Context['manager'] }
    }
    foreach ($item in $Context['pending']) {
        $memory = & $script:iisChanges[$item['operation']['op']]['apply'] $Context['manager'] $item['operation']
        if ($null -ne $memory) { $item['memory'] = $memory }
    }
}

# Writes what is pending and registers how to take it back. The operation to blame for a failure is the first that is pending.
function Complete-IisChanges([object]$Context) {
    if ($Context['pending'].Count -eq 0) { return }
    $Context['current'] = $Context['pending'][0]['operation']
    Save-ApplicationHostCopy $Context['run']
    for ($attempt = 0; ; $attempt++) {
        try {
            $Context['manager'].CommitChanges()
            break
        }
        catch {
            if ($attempt -ge $script:commitPauses.Count -or -not (Test-CommitWorthAgain $_)) { throw }
        }
        [System.Threading.Thread]::Sleep($script:commitPauses[$attempt])
        Restart-IisChanges $Context
    }
    foreach ($item in $Context['pending']) {
        $Context['current'] = $item['operation']
        Register-Undo $Context 'Undo-IisChange' $item['memory']
    }
    $Context['pending'].Clear()
    Close-IisChanges $Context
}

# Forgets what was not committed.
function Close-IisChanges([object]$Context) {
    $Context['pending'].Clear()
    if ($null -ne $Context['manager']) { $Context['manager'].Dispose() }
    $Context['manager'] = $null
}

function Undo-IisChange([object]$Memory, [object]$Context) {
    for ($attempt = 0; ; $attempt++) {
        $manager = Open-Iis
        try {
            & $script:restores[$Memory['kind']] $manager $Memory
            $manager.CommitChanges()
            return
        }
        catch {
            if ($attempt -ge $script:commitPauses.Count -or -not (Test-CommitWorthAgain $_)) { throw }
        }
        finally {
            $manager.Dispose()
        }
        [System.Threading.Thread]::Sleep($script:commitPauses[$attempt])
    }
}

# applicationHost.config as it was before this run, for administrators only; those of the last runs are kept.
function Save-ApplicationHostCopy([string]$Run) {
    $source = Resolve-NodePath '%SystemRoot%\System32\inetsrv\config\applicationHost.config'
    $folder = Resolve-NodePath '%ProgramData%\webfarm.signalr'
    $copy = [System.IO.Path]::Combine($folder, "applicationHost.$Run.config")
    if (-not [System.IO.File]::Exists($source) -or [System.IO.File]::Exists($copy)) { return }
    if ((New-Folders $folder).Count -gt 0 -and (Test-HasSecurity)) { Invoke-WindowsMachine 'SetAccessRules' $folder (Get-RecordRules) }
    $rules = if (Test-HasSecurity) { $script:copyRules } else { $null }
    New-FileWithBytes $copy (Read-FileBytes $source) $rules
    $copies = @((New-Object System.IO.DirectoryInfo $folder).GetFiles('applicationHost.*.config') | Sort-Object -Property LastWriteTimeUtc -Descending)
    foreach ($old in @($copies | Select-Object -Skip $script:keptCopies)) { $null = Remove-FileIfThere $old.FullName }
}
