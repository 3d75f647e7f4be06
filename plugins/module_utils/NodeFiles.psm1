# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Files: what is there, how long, with which hash, and the bytes when they are asked for.

#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeContract
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeMachine

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$script:mostContent = 16MB
$script:mostListed = 20000

# Existence, size, hash and (when asked) content of one file, by its resolved path. What cannot be read is told as such.
function Get-FileFacts([string]$Path, [bool]$WithContent, [string]$Key) {
    $facts = [ordered]@{ exists = $false; size = $null; sha256 = $null }
    if ($WithContent) { $facts['content'] = $null }
    if (-not [System.IO.File]::Exists($Path)) { return $facts }
    $facts['exists'] = $true
    try {
        $facts['size'] = (New-Object System.IO.FileInfo $Path).Length
        if ($WithContent -and $facts['size'] -le $script:mostContent) {
            $bytes = Read-FileBytes $Path
            $facts['size'] = $bytes.Length
            $facts['sha256'] = Get-BytesHash $bytes
            $facts['content'] = [Convert]::ToBase64String($bytes)
        }
        else {
            $facts['sha256'] = Get-FileHashText $Path
        }
    }
    catch {
        Add-Undetermined $Key (Get-ErrorText $_)
    }
    $facts
}

function Read-Files([object]$Request) {
    $answer = [ordered]@{}
    $withContent = [bool](Get-Field $Request 'content' $false)
    foreach ($path in @(Get-List $Request 'paths')) {
        $resolved = Resolve-NodePath $path
        $facts = Get-FileFacts $resolved $withContent "files.$path"
        $isFolder = [System.IO.Directory]::Exists($resolved)
        $told = [ordered]@{ exists = $facts['exists'] -or $isFolder; is_directory = $isFolder; size = $facts['size']; sha256 = $facts['sha256'] }
        if ($withContent) { $told['content'] = $facts['content'] }
        $answer[$path] = $told
    }
    $answer
}

# All files below a folder, by path. A junction or link is a file of its folder and is not followed: it may lead back.
function Get-FilesBelow([string]$Folder, [int]$Most = [int]::MaxValue) {
    $found = New-Object System.Collections.Generic.List[System.IO.FileInfo]
    $open = New-Object System.Collections.Generic.Stack[string]
    $open.Push($Folder)
    while ($open.Count -gt 0 -and $found.Count -lt $Most) {
        $current = New-Object System.IO.DirectoryInfo $open.Pop()
        foreach ($entry in $current.EnumerateFileSystemInfos()) {
            if ($found.Count -ge $Most) { break }
            if ($entry -is [System.IO.FileInfo]) { $found.Add($entry) }
            elseif (($entry.Attributes -band [System.IO.FileAttributes]::ReparsePoint) -eq 0) { $open.Push($entry.FullName) }
        }
    }
    return , $found
}

# The order of the UTF-8 bytes, which is that of their hexadecimal text.
function Get-SortKey([string]$Text) {
    [BitConverter]::ToString([System.Text.Encoding]::UTF8.GetBytes($Text))
}

function Get-FolderListing([string]$Folder) {
    $listing = New-Object System.Collections.Generic.List[hashtable]
    $files = New-Object 'System.Collections.Generic.SortedDictionary[string,System.IO.FileInfo]' ([StringComparer]::Ordinal)
    foreach ($file in (Get-FilesBelow $Folder $script:mostListed)) { $files[(Get-SortKey (Get-RelativePath $Folder $file.FullName))] = $file }
    foreach ($file in $files.Values) { $listing.Add(@{ path = (Get-RelativePath $Folder $file.FullName).PSObject.BaseObject; size = $file.Length }) }
    return , $listing
}

function Read-Listing([object]$Request) {
    $answer = [ordered]@{}
    foreach ($path in @(Get-List $Request 'paths')) {
        $resolved = Resolve-NodePath $path
        $answer[$path] = $null
        if (-not [System.IO.Directory]::Exists($resolved)) { continue }
        try { $answer[$path] = Get-FolderListing $resolved }
        catch { Add-Undetermined "listing.$path" (Get-ErrorText $_) }
    }
    $answer
}
