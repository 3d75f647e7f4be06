# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Operations on folders: made, removed, copied, and filled from an archive.

#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeContract
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeFileReplacement
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeFiles
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeMachine

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

Add-Type -AssemblyName System.IO.Compression

# ---- folders

# The folders that had to be made for a folder to be there, the innermost last.
function New-Folders([string]$Path) {
    $missing = New-Object System.Collections.Generic.List[string]
    for ($folder = $Path; $folder -and -not [System.IO.Directory]::Exists($folder); $folder = [System.IO.Path]::GetDirectoryName($folder)) {
        $missing.Insert(0, $folder)
    }
    $null = [System.IO.Directory]::CreateDirectory($Path)
    return , $missing
}

function Undo-NewFolders([object]$Done, [object]$Context) {
    for ($i = $Done['folders'].Count - 1; $i -ge 0; $i--) {
        $folder = $Done['folders'][$i]
        if ([System.IO.Directory]::Exists($folder)) { [System.IO.Directory]::Delete($folder) }
    }
}

function Invoke-MakeDirectory([object]$Operation, [object]$Context) {
    $path = Resolve-NodePath (Get-RequiredField $Operation 'path')
    if ([System.IO.Directory]::Exists($path)) { return New-Outcome $false }
    if ([System.IO.File]::Exists($path)) { throw (New-NodeFailure 'already_exists' "$path is a file.") }
    $made = New-Folders $path
    Register-Undo $Context 'Undo-NewFolders' @{ folders = $made }
    New-Outcome $true
}

# Deletes what can be deleted; the paths of what stays.
function Remove-Tree([string]$Folder) {
    $left = New-Object System.Collections.Generic.List[string]
    if (-not [System.IO.Directory]::Exists($Folder)) { return , $left }
    try {
        foreach ($file in (Get-FilesBelow $Folder)) {
            try {
                if ($file.IsReadOnly) { $file.IsReadOnly = $false }
                $file.Delete()
            }
            catch {
                $left.Add($file.FullName)
            }
        }
        if ($left.Count -eq 0) { [System.IO.Directory]::Delete($Folder, $true) }
    }
    catch {
        $left.Add($Folder)
    }
    return , $left
}

function Invoke-RemoveDirectory([object]$Operation, [object]$Context) {
    $path = Resolve-NodePath (Get-RequiredField $Operation 'path')
    if ([System.IO.File]::Exists($path)) { throw (New-NodeFailure 'not_found' "$path is a file, not a folder.") }
    if (-not [System.IO.Directory]::Exists($path)) { return New-Outcome $false @{ left = @() } }
    $renamed = "$path.$($Context['run']).deleted"
    try {
        Invoke-WhileHeld { [System.IO.Directory]::Move($path, $renamed) }
    }
    catch {
        return New-Outcome $false @{ left = @($path) }
    }
    New-Outcome $true @{ left = Remove-Tree $renamed }
}

function Undo-NewTree([object]$Done, [object]$Context) {
    $left = Remove-Tree $Done['path']
    if ($left.Count -gt 0) { throw (New-NodeFailure 'failed' "These files could not be removed: $($left -join ', ')") }
}

# ---- archives

$script:devices = '^(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|CLOCK\$|COM[0-9]|LPT[0-9])(\.|$)'

# The reason why Windows would not make a file of this name inside the destination, or $null. Names have '/' here.
function Get-NameFault([string]$Name) {
    if ($Name -match '^/' -or $Name.Contains(':')) { return 'names a root, a drive or a stream' }
    if ($Name -match '[\x00-\x1f<>"|?*]') { return 'has a character that Windows does not take' }
    foreach ($part in $Name.Split('/')) {
        if ($part -eq '..' -or $part -eq '.') { return 'leads out of its folder' }
        if ($part -eq '') { return 'has an empty part' }
        if ($part -match '[. ]$') { return 'ends in a dot or a blank' }
        if ($part -match $script:devices) { return 'is the name of a device' }
    }
    $null
}

function New-ArchiveFailure([string]$Name, [string]$Fault) {
    New-NodeFailure 'bad_archive' "The archive's entry '$Name' $Fault."
}

# Every entry that is a file, by its path with '/', after all of them have been checked against the manifest. Nothing is written.
function Get-CheckedEntries([object]$Archive, [object]$Manifest) {
    $wanted = @{}
    foreach ($file in @(Get-List $Manifest 'files')) { $wanted[$file['path']] = $file }
    $entries = [ordered]@{}
    foreach ($entry in $Archive.Entries) {
        $name = $entry.FullName.Replace('\', '/')
        $isFolder = $name.EndsWith('/')
        $fault = Get-NameFault $name.TrimEnd('/')
        if ($fault) { throw (New-ArchiveFailure $name $fault) }
        if ($isFolder) { continue }
        if (-not $wanted.ContainsKey($name)) { throw (New-ArchiveFailure $name 'is not in the manifest') }
        if ($entries.Contains($name)) { throw (New-ArchiveFailure $name 'is there twice') }
        $size = $wanted[$name]['size']
        if ($entry.Length -ne $size) { throw (New-ArchiveFailure $name "has $($entry.Length) bytes, the manifest says $size") }
        $entries[$name] = $entry
    }
    foreach ($name in $wanted.Keys) {
        if (-not $entries.Contains($name)) { throw (New-NodeFailure 'bad_archive' "The archive lacks '$name', which is in the manifest.") }
    }
    $entries
}

# Writes one entry in pieces and checks length and hash on the way: an entry may hold more than it says.
function Expand-Entry([object]$Entry, [string]$Path, [object]$Expected) {
    $buffer = New-Object byte[] 65536
    $sha = New-Sha256
    $source = $Entry.Open()
    $target = New-Object System.IO.FileStream $Path, ([System.IO.FileMode]::CreateNew), ([System.IO.FileAccess]::Write), ([System.IO.FileShare]::None)
    try {
        $total = [long]0
        while (($read = $source.Read($buffer, 0, $buffer.Length)) -gt 0) {
            $total += $read
            if ($total -gt $Expected['size']) { throw (New-ArchiveFailure $Expected['path'] 'is longer than the manifest says') }
            $null = $sha.TransformBlock($buffer, 0, $read, $buffer, 0)
            $target.Write($buffer, 0, $read)
        }
        $null = $sha.TransformFinalBlock($buffer, 0, 0)
        if ($total -ne $Expected['size']) { throw (New-ArchiveFailure $Expected['path'] 'is shorter than the manifest says') }
        if ((ConvertTo-Hex $sha.Hash) -ne $Expected['sha256']) { throw (New-ArchiveFailure $Expected['path'] 'has another SHA-256 than the manifest says') }
    }
    finally {
        $target.Dispose()
        $source.Dispose()
        $sha.Dispose()
    }
    # The same digits on every node, whatever its time zone: IIS makes entity tags of them.
    [System.IO.File]::SetLastWriteTimeUtc($Path, [DateTime]::SpecifyKind($Entry.LastWriteTime.DateTime, [DateTimeKind]::Utc))
}

# Whether a folder holds just what the manifest says, files of others left out.
function Test-HoldsManifest([string]$Folder, [object]$Manifest) {
    $owned = @(Get-List $Manifest 'owned')
    $wanted = @{}
    foreach ($file in @(Get-List $Manifest 'files')) {
        if ($file['path'] -notin $owned) { $wanted[$file['path']] = $file }
    }
    $found = 0
    foreach ($file in (Get-FilesBelow $Folder)) {
        $path = Get-RelativePath $Folder $file.FullName
        if ($path -in $owned) { continue }
        if (-not $wanted.ContainsKey($path) -or $file.Length -ne $wanted[$path]['size']) { return $false }
        if ((Get-FileHashText $file.FullName) -ne $wanted[$path]['sha256']) { return $false }
        $found++
    }
    $found -eq $wanted.Count
}


function Invoke-ExpandArchive([object]$Operation, [object]$Context) {
    $archivePath = Resolve-NodePath (Get-RequiredField $Operation 'archive')
    $destination = Resolve-NodePath (Get-RequiredField $Operation 'destination')
    $manifest = Get-RequiredField $Operation 'manifest'
    $files = @(Get-List $manifest 'files')
    $total = [long]0
    foreach ($file in $files) { $total += $file['size'] }
    $detail = [ordered]@{ file_count = $files.Count; total_bytes = $total }
    if ([System.IO.Directory]::Exists($destination)) {
        if (Test-HoldsManifest $destination $manifest) { return New-Outcome $false $detail }
        throw (New-NodeFailure 'already_exists' "$destination is there and does not hold what the manifest says.")
    }
    $stream = Open-FileForReading $archivePath
    try {
        $archive = New-Object System.IO.Compression.ZipArchive $stream, ([System.IO.Compression.ZipArchiveMode]::Read)
        $entries = Get-CheckedEntries $archive $manifest
        $made = New-Folders $destination
        Register-Undo $Context 'Undo-NewFolders' @{ folders = @($made | Where-Object { $_ -ne $destination }) }
        Register-Undo $Context 'Undo-NewTree' @{ path = $destination }
        foreach ($file in $files) {
            $path = [System.IO.Path]::Combine($destination, $file['path'].Replace('/', [System.IO.Path]::DirectorySeparatorChar))
            $null = [System.IO.Directory]::CreateDirectory([System.IO.Path]::GetDirectoryName($path))
            Expand-Entry $entries[$file['path']] $path $file
        }
    }
    finally {
        $stream.Dispose()
    }
    New-Outcome $true $detail
}

# ---- copies

function Test-SameTree([object]$Files, [string]$From, [string]$To) {
    $there = Get-FilesBelow $To
    if ($there.Count -ne $Files.Count) { return $false }
    foreach ($file in $Files) {
        $copy = New-Object System.IO.FileInfo ([System.IO.Path]::Combine($To, $file.FullName.Substring($From.Length + 1)))
        if (-not $copy.Exists -or $copy.Length -ne $file.Length) { return $false }
        if ((Get-FileHashText $copy.FullName) -ne (Get-FileHashText $file.FullName)) { return $false }
    }
    $true
}

function Invoke-CopyTree([object]$Operation, [object]$Context) {
    $from = Resolve-NodePath (Get-RequiredField $Operation 'from')
    $to = Resolve-NodePath (Get-RequiredField $Operation 'to')
    if (-not [System.IO.Directory]::Exists($from)) { throw (New-NodeFailure 'not_found' "There is no folder $from.") }
    $files = Get-FilesBelow $from
    $total = [long]0
    foreach ($file in $files) { $total += $file.Length }
    $detail = [ordered]@{ file_count = $files.Count; total_bytes = $total }
    if ([System.IO.Directory]::Exists($to)) {
        if (Test-SameTree $files $from $to) { return New-Outcome $false $detail }
        throw (New-NodeFailure 'already_exists' "$to is there and does not hold the same files.")
    }
    $made = New-Folders $to
    Register-Undo $Context 'Undo-NewFolders' @{ folders = @($made | Where-Object { $_ -ne $to }) }
    Register-Undo $Context 'Undo-NewTree' @{ path = $to }
    foreach ($file in $files) {
        $copy = [System.IO.Path]::Combine($to, $file.FullName.Substring($from.Length + 1))
        $null = [System.IO.Directory]::CreateDirectory([System.IO.Path]::GetDirectoryName($copy))
        Invoke-WhileHeld { [System.IO.File]::Copy($file.FullName, $copy) }
    }
    New-Outcome $true $detail
}

# ---- manifests

function Invoke-WriteManifest([object]$Operation, [object]$Context) {
    $root = Resolve-NodePath (Get-RequiredField $Operation 'root')
    $manifest = Get-RequiredField $Operation 'manifest'
    $id = Get-RequiredField $manifest 'id'
    if ($id -match '[\\/]' -or (Get-NameFault $id)) { throw (New-NodeFailure 'failed' "'$id' is no name for a release.") }
    $told = [ordered]@{}
    foreach ($name in $manifest.Keys) { if ($name -ne 'files') { $told[$name] = $manifest[$name] } }
    $path = [System.IO.Path]::Combine($root, 'manifests', "$id.json")
    Write-JsonFile $path $told $Context
}

# Whether a file holds this JSON text, however it is laid out.
function Test-HoldsJson([object]$Bytes, [string]$Text) {
    if ($null -eq $Bytes) { return $false }
    try { (ConvertTo-JsonText (ConvertFrom-JsonText ([System.Text.Encoding]::UTF8.GetString($Bytes)))) -eq $Text }
    catch { $false }
}

# A file of JSON has this content afterwards; the outcome of the operation. A folder made for it gets these access rules.
function Write-JsonFile([string]$Path, [object]$Content, [object]$Context, [object]$FolderRules = $null) {
    $text = ConvertTo-JsonText $Content
    $memory = Get-FileMemory $Path
    if (Test-HoldsJson $memory['bytes'] $text) { return New-Outcome $false }
    $folder = [System.IO.Path]::GetDirectoryName($Path)
    $made = New-Folders $folder
    Register-Undo $Context 'Undo-NewFolders' @{ folders = $made }
    if ($made.Count -gt 0 -and $null -ne $FolderRules -and (Test-HasSecurity)) { Invoke-WindowsMachine 'SetAccessRules' $folder $FolderRules }
    Register-Undo $Context 'Restore-FileMemory' $memory
    Write-FileBytes $Path ([System.Text.Encoding]::UTF8.GetBytes($text)) $Context['run']
    New-Outcome $true
}
