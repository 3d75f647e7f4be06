# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What IIS is told by applicationHost.config, and what runs. Configuration is read by methods: PowerShell turns an exception of a
# property into $null, so that a broken applicationHost.config would look like a server without sites.

#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeContract
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeMachine

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

# The numbers of the enumerations in IIS_schema.xml.
$script:identityTypes = @('LocalSystem', 'LocalService', 'NetworkService', 'SpecificUser', 'ApplicationPoolIdentity')
$script:pipelineModes = @('Integrated', 'Classic')
$script:startModes = @('OnDemand', 'AlwaysRunning')

function Open-Iis {
    if (-not ('Microsoft.Web.Administration.ServerManager' -as [type])) {
        $library = [System.IO.Path]::Combine($env:SystemRoot, 'System32', 'inetsrv', 'Microsoft.Web.Administration.dll')
        if (-not [System.IO.File]::Exists($library)) { throw (New-NodeFailure 'not_found' "IIS is not installed: there is no $library") }
        Add-Type -LiteralPath $library
    }
    New-Object Microsoft.Web.Administration.ServerManager
}

function Get-IisSection([object]$Manager, [string]$Name) {
    $Manager.GetApplicationHostConfiguration().GetSection($Name)
}

function Get-SiteElements([object]$Manager) {
    return , @((Get-IisSection $Manager 'system.applicationHost/sites').GetCollection() | ForEach-Object { $_ })
}

function Get-PoolElements([object]$Manager) {
    return , @((Get-IisSection $Manager 'system.applicationHost/applicationPools').GetCollection() | ForEach-Object { $_ })
}

# The entry of a collection whose attribute has this value; IIS compares names and virtual paths without case.
function Find-Element([object]$Elements, [string]$Attribute, [string]$Value) {
    foreach ($element in $Elements) {
        if ([string]$element.GetAttributeValue($Attribute) -eq $Value) { return $element }
    }
    $null
}

function ConvertTo-VirtualPath([string]$Path) {
    '/' + $Path.Trim('/')
}

function Test-SharedConfiguration {
    $manager = Open-Iis
    try { [bool]$manager.GetRedirectionConfiguration().GetSection('configurationRedirection').GetAttributeValue('enabled') }
    finally { $manager.Dispose() }
}

# ---- sites and applications

# The folder of an application's or a site's root.
function Get-RootPath([object]$Application) {
    $root = Find-Element $Application.GetCollection() 'path' '/'
    if ($null -eq $root) { return $null }
    [string]$root.GetAttributeValue('physicalPath')
}

# The resolved folder, or $null where there is none to be had.
function Resolve-IisPath([object]$Path) {
    if ([string]::IsNullOrEmpty($Path)) { return $null }
    try { Resolve-NodePath $Path } catch { $null }
}

function Get-StateText([object]$Object) {
    if ($null -eq $Object) { return 'Unknown' }
    $state = $Object.State
    if ($null -eq $state) { 'Unknown' } else { $state.ToString() }
}

function Get-BindingFacts([object]$Binding) {
    $protocol = [string]$Binding.GetAttributeValue('protocol')
    $information = [string]$Binding.GetAttributeValue('bindingInformation')
    $bindingHost = ''
    $port = $null
    if ($protocol -in @('http', 'https', 'ftp') -and $information -match ':(\d+):([^:\]]*)$') {
        $port = [int]$Matches[1]
        $bindingHost = $Matches[2]
    }
    $flags = $Binding.GetAttributeValue('sslFlags')
    [ordered]@{
        protocol = $protocol; information = $information; host = $bindingHost; port = $port
        ssl_flags = $(if ($null -eq $flags) { 0 } else { [int]$flags })
    }
}

# Every application of the server with the folder of its root: once, for all the comparisons.
function Get-AllApplications([object]$Sites) {
    $all = New-Object System.Collections.Generic.List[object]
    foreach ($site in $Sites) {
        foreach ($application in $site.GetCollection()) {
            $all.Add([ordered]@{
                    site = [string]$site.GetAttributeValue('name'); path = [string]$application.GetAttributeValue('path')
                    pool = [string]$application.GetAttributeValue('applicationPool'); folder = Resolve-IisPath (Get-RootPath $application)
                })
        }
    }
    return , $all
}

function Get-VirtualDirectoryFacts([object]$Application) {
    $facts = New-Object System.Collections.Generic.List[object]
    foreach ($directory in $Application.GetCollection()) {
        $path = [string]$directory.GetAttributeValue('path')
        $physical = [string]$directory.GetAttributeValue('physicalPath')
        if ($path -ne '/') { $facts.Add([ordered]@{ path = $path; physical_path = $physical; resolved_path = Resolve-IisPath $physical }) }
    }
    return , $facts
}

function Get-SiteFacts([object]$Manager, [object]$Site, [object]$Facts) {
    $name = [string]$Site.GetAttributeValue('name')
    $Facts['site_exists'] = $true
    $Facts['site_id'] = [long]$Site.GetAttributeValue('id')
    $Facts['site_state'] = Get-StateText $Manager.Sites[$name]
    $Facts['bindings'] = @($Site.GetChildElement('bindings').GetCollection() | ForEach-Object { Get-BindingFacts $_ })
}

function Get-ApplicationFacts([object]$Manager, [object]$Sites, [object]$All, [object]$Asked) {
    $path = ConvertTo-VirtualPath $Asked['path']
    $facts = [ordered]@{
        site = $Asked['site']; path = $Asked['path']; site_exists = $false; exists = $false; site_id = $null; site_state = $null; pool = $null
        physical_path = $null; resolved_path = $null; bindings = @(); virtual_directories = @(); child_applications = @(); shares_folder_with = @()
    }
    $site = Find-Element $Sites 'name' $Asked['site']
    if ($null -eq $site) { return $facts }
    Get-SiteFacts $Manager $site $facts
    $prefix = $path.TrimEnd('/') + '/'
    $facts['child_applications'] = @($All | Where-Object { $_['site'] -eq $Asked['site'] -and $_['path'] -ne $path -and $_['path'] -like "$prefix*" } |
            ForEach-Object { $_['path'] })
    $application = Find-Element $site.GetCollection() 'path' $path
    if ($null -eq $application) { return $facts }
    $facts['exists'] = $true
    $facts['pool'] = [string]$application.GetAttributeValue('applicationPool')
    $facts['physical_path'] = Get-RootPath $application
    $facts['resolved_path'] = Resolve-IisPath $facts['physical_path']
    $facts['virtual_directories'] = Get-VirtualDirectoryFacts $application
    $facts['shares_folder_with'] = @($All | Where-Object { $null -ne $_['folder'] -and $_['folder'] -eq $facts['resolved_path'] -and
                -not ($_['site'] -eq $Asked['site'] -and $_['path'] -eq $path) } | ForEach-Object { [ordered]@{ site = $_['site']; path = $_['path'] } })
    $facts
}

# ---- pools

# The contract's fields of a pool: the element below the pool, the attribute, and how its value is told. set_pool writes by the
# same table.
$script:poolFields = [ordered]@{
    auto_start = @('', 'autoStart', 'bool'); start_mode = @('', 'startMode', $script:startModes)
    enable_32bit = @('', 'enable32BitAppOnWin64', 'bool'); runtime_version = @('', 'managedRuntimeVersion', 'text')
    pipeline_mode = @('', 'managedPipelineMode', $script:pipelineModes); max_processes = @('processModel', 'maxProcesses', 'number')
    idle_timeout = @('processModel', 'idleTimeout', 'seconds'); periodic_restart = @('recycling/periodicRestart', 'time', 'seconds')
    identity_type = @('processModel', 'identityType', $script:identityTypes); user_name = @('processModel', 'userName', 'text')
    shutdown_time_limit = @('processModel', 'shutdownTimeLimit', 'seconds'); rapid_fail_protection = @('failure', 'rapidFailProtection', 'bool')
}

function Get-PoolFieldNames {
    @($script:poolFields.Keys)
}

function Get-PoolFieldElement([object]$Pool, [string]$Way) {
    $element = $Pool
    foreach ($step in $Way.Split('/')) {
        if ($step) { $element = $element.GetChildElement($step) }
    }
    $element
}

function Get-PoolField([object]$Pool, [string]$Name) {
    $field = $script:poolFields[$Name]
    $kind = $field[2]
    $value = (Get-PoolFieldElement $Pool $field[0]).GetAttributeValue($field[1])
    if ($kind -is [array]) { return $kind[[int]$value] }
    if ($kind -eq 'bool') { return [bool]$value }
    if ($kind -eq 'number') { return [long]$value }
    if ($kind -eq 'seconds') { return $value.TotalSeconds }
    [string]$value
}

function Set-PoolField([object]$Pool, [string]$Name, [object]$Value) {
    if ($Name -eq 'password') {
        $Pool.GetChildElement('processModel').SetAttributeValue('password', [string]$Value)
        return
    }
    $field = $script:poolFields[$Name]
    $kind = $field[2]
    if ($kind -is [array]) {
        $Value = [array]::IndexOf($kind, [string]$Value)
        if ($Value -lt 0) { throw (New-NodeFailure 'failed' "The pool's $Name can only be one of $($kind -join ', ').") }
    }
    elseif ($kind -eq 'seconds') { $Value = [TimeSpan]::FromSeconds([double]$Value) }
    elseif ($kind -eq 'number') { $Value = [long]$Value }
    elseif ($kind -eq 'bool') { $Value = [bool]$Value }
    else { $Value = [string]$Value }
    (Get-PoolFieldElement $Pool $field[0]).SetAttributeValue($field[1], $Value)
}

function Get-StoredPassword([object]$Pool) {
    [string]$Pool.GetChildElement('processModel').GetAttributeValue('password')
}

function Get-PoolFacts([object]$Manager, [object]$Pools, [object]$All, [string]$Name, [object]$Password) {
    $facts = [ordered]@{ exists = $false; state = $null }
    foreach ($field in $script:poolFields.Keys) { $facts[$field] = $null }
    $facts['has_password'] = $null
    $facts['password_equal'] = $null
    $facts['applications'] = @()
    $pool = Find-Element $Pools 'name' $Name
    if ($null -eq $pool) { return $facts }
    $facts['exists'] = $true
    $facts['state'] = Get-StateText $Manager.ApplicationPools[[string]$pool.GetAttributeValue('name')]
    foreach ($field in $script:poolFields.Keys) { $facts[$field] = Get-PoolField $pool $field }
    $stored = Get-StoredPassword $pool
    $facts['has_password'] = $stored.Length -gt 0
    if ($null -ne $Password) { $facts['password_equal'] = [string]::Equals($stored, [string]$Password, [StringComparison]::Ordinal) }
    $facts['applications'] = @($All | Where-Object { $_['pool'] -eq $Name } | ForEach-Object { [ordered]@{ site = $_['site']; path = $_['path'] } })
    $facts
}

# ---- WebSockets

function Get-WebSocketFacts([object]$Manager) {
    $modules = (Get-IisSection $Manager 'system.webServer/globalModules').GetCollection()
    $facts = [ordered]@{ module_registered = $null -ne (Find-Element $modules 'name' 'WebSocketModule'); enabled = $null; locked = $null }
    if (-not $facts['module_registered']) { return $facts }
    try {
        $section = Get-IisSection $Manager 'system.webServer/webSocket'
        $facts['enabled'] = [bool]$section.GetAttributeValue('enabled')
        $facts['locked'] = $section.OverrideModeEffective.ToString() -eq 'Deny'
    }
    catch {
        Add-Undetermined 'iis.web_socket' (Get-ErrorText $_)
    }
    $facts
}

# ---- the reading

function Read-Iis([object]$Request) {
    $manager = Open-Iis
    try {
        $sites = Get-SiteElements $manager
        $pools = Get-PoolElements $manager
        $all = Get-AllApplications $sites
        $applications = @(@(Get-List $Request 'applications') | ForEach-Object { Get-ApplicationFacts $manager $sites $all $_ })
        $wanted = New-Object 'System.Collections.Specialized.OrderedDictionary' ([StringComparer]::OrdinalIgnoreCase)
        foreach ($asked in @(Get-List $Request 'pools')) { $wanted[$asked['name']] = Get-Field $asked 'password' }
        foreach ($application in $applications) {
            if ($application['pool'] -and -not $wanted.Contains($application['pool'])) { $wanted[$application['pool']] = $null }
        }
        $facts = [ordered]@{}
        foreach ($name in $wanted.Keys) {
            $pool = Find-Element $pools 'name' $name
            $spelled = if ($null -eq $pool) { $name } else { [string]$pool.GetAttributeValue('name') }
            $facts[$spelled] = Get-PoolFacts $manager $pools $all $name $wanted[$name]
        }
        [ordered]@{ applications = $applications; pools = $facts; web_socket = Get-WebSocketFacts $manager }
    }
    finally {
        $manager.Dispose()
    }
}
