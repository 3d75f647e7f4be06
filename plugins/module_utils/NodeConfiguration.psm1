# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The files that an application inherits its configuration from, as bytes and in order. Nothing is merged here.

#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeContract
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeFiles
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeIis

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$script:frameworks = @(@{ bitness = 32; folder = 'Framework' }, @{ bitness = 64; folder = 'Framework64' })
$script:frameworkFiles = @(@{ level = 'machine'; name = 'machine.config' }, @{ level = 'root'; name = 'web.config' })

# ---- references

# A path that stays in its folder: relative, and never above where it begins.
function Test-StaysInside([string]$Name) {
    if ($Name -match '^[\\/]' -or $Name.Contains(':')) { return $false }
    $depth = 0
    foreach ($part in $Name.Split([char[]]@('\', '/'))) {
        if ($part -eq '..') { $depth-- } elseif ($part -ne '' -and $part -ne '.') { $depth++ }
        if ($depth -lt 0) { return $false }
    }
    $depth -gt 0
}

# What configSource and appSettings/@file of a file name, in order, each once. A file that is no XML names what comes before the
# fault: to judge it is not this module's matter. A DTD ends the reading.
function Get-ReferenceNames([byte[]]$Content) {
    $names = New-Object System.Collections.Generic.List[string]
    $settings = New-Object System.Xml.XmlReaderSettings
    $settings.DtdProcessing = [System.Xml.DtdProcessing]::Prohibit
    $settings.XmlResolver = $null
    $reader = [System.Xml.XmlReader]::Create((New-Object System.IO.MemoryStream (, $Content)), $settings)
    try {
        while ($reader.Read()) {
            if ($reader.NodeType -ne 'Element') { continue }
            $attributes = if ($reader.LocalName -eq 'appSettings') { @('configSource', 'file') } else { @('configSource') }
            foreach ($attribute in $attributes) {
                $name = $reader.GetAttribute($attribute)
                if ($name -and -not $names.Contains($name) -and (Test-StaysInside $name)) { $names.Add($name) }
            }
        }
    }
    catch [System.Xml.XmlException] {
        Write-Verbose 'The rest of this file is no XML.'
    }
    finally {
        $reader.Dispose()
    }
    return , $names
}

function Get-References([string]$File, [object]$Facts) {
    $references = New-Object System.Collections.Generic.List[object]
    if (-not $Facts['content']) { return , $references }
    $folder = [System.IO.Path]::GetDirectoryName($File)
    foreach ($name in (Get-ReferenceNames ([Convert]::FromBase64String($Facts['content'])))) {
        $path = [System.IO.Path]::Combine($folder, $name.Replace('\', [System.IO.Path]::DirectorySeparatorChar))
        $path = Find-ChildFile ([System.IO.Path]::GetDirectoryName($path)) ([System.IO.Path]::GetFileName($path))
        $references.Add((Join-Facts ([ordered]@{ name = $name; path = $path }) (Get-FileFacts $path $true "configuration.$path")))
    }
    return , $references
}

# ---- the chain

function Join-Facts([object]$First, [object]$Second) {
    foreach ($name in $Second.Keys) { $First[$name] = $Second[$name] }
    $First
}

function Get-ConfigurationFile([object]$Head, [string]$Folder, [string]$Name) {
    $path = Find-ChildFile $Folder $Name
    $Head['path'] = $path
    $facts = Get-FileFacts $path $true "configuration.$path"
    $answer = Join-Facts $Head $facts
    $answer['references'] = Get-References $path $facts
    $answer
}

function Get-FrameworkFolder([string]$Folder) {
    Resolve-NodePath "%SystemRoot%\Microsoft.NET\$Folder\v4.0.30319\Config"
}

function Get-FrameworkFiles {
    foreach ($file in $script:frameworkFiles) {
        foreach ($framework in $script:frameworks) {
            $head = [ordered]@{ level = $file['level']; bitness = $framework['bitness'] }
            Get-ConfigurationFile $head (Get-FrameworkFolder $framework['folder']) $file['name']
        }
    }
}

# The folder of every level below a site, from the site itself to the path asked for: an application's or a virtual directory's
# own, else a folder in that of the level above.
function Get-SiteLevels([object]$Site, [string]$Path) {
    $applications = @($Site.GetCollection() | ForEach-Object { $_ })
    $root = Find-Element $applications 'path' '/'
    if ($null -eq $root) { return }
    $folder = Resolve-IisPath (Get-RootPath $root)
    if ($null -eq $folder) { return }
    @{ level = 'site'; virtual_path = '/'; folder = $folder }
    $owner = $root
    $ownerPath = ''
    $virtual = ''
    foreach ($segment in $Path.Trim('/').Split('/')) {
        if ($segment -eq '') { continue }
        $virtual = "$virtual/$segment"
        $level = 'dir'
        $physical = $null
        $application = Find-Element $applications 'path' $virtual
        if ($null -ne $application) {
            $owner = $application
            $ownerPath = $virtual
            $level = 'app'
            $physical = Get-RootPath $application
        }
        else {
            $directory = Find-Element $owner.GetCollection() 'path' $virtual.Substring($ownerPath.Length)
            if ($null -ne $directory) { $physical = [string]$directory.GetAttributeValue('physicalPath') }
        }
        $folder = if ($null -ne $physical) { Resolve-IisPath $physical } else { Find-ChildFolder $folder $segment }
        if ($null -eq $folder) { return }
        @{ level = $level; virtual_path = $virtual; folder = $folder }
    }
}

function Find-ChildFolder([string]$Folder, [string]$Name) {
    $path = [System.IO.Path]::Combine($Folder, $Name)
    if ([System.IO.Directory]::Exists($path) -or -not [System.IO.Directory]::Exists($Folder)) { return $path }
    foreach ($found in [System.IO.Directory]::GetDirectories($Folder)) {
        if ([System.IO.Path]::GetFileName($found) -eq $Name) { return $found }
    }
    $path
}

function Read-Configuration([object]$Request) {
    $asked = @(Get-List $Request 'applications')
    if ($asked.Count -eq 0) { return , @() }
    $framework = @(Get-FrameworkFiles)
    $answers = New-Object System.Collections.Generic.List[object]
    $manager = Open-Iis
    try {
        $sites = Get-SiteElements $manager
        foreach ($application in $asked) {
            $files = New-Object System.Collections.Generic.List[object]
            foreach ($file in $framework) { $files.Add($file) }
            $site = Find-Element $sites 'name' $application['site']
            $levels = if ($null -eq $site) { @() } else { @(Get-SiteLevels $site $application['path']) }
            foreach ($level in $levels) {
                $head = [ordered]@{ level = $level['level']; virtual_path = $level['virtual_path'] }
                $files.Add((Get-ConfigurationFile $head $level['folder'] 'web.config'))
            }
            $answers.Add([ordered]@{ site = $application['site']; path = $application['path']; files = $files })
        }
    }
    finally {
        $manager.Dispose()
    }
    return , $answers
}
