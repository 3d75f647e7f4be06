# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The releases below a folder: releases\<id>\ and manifests\<id>.json, which is written last.

#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeContract
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeFiles
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeMachine

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

function Read-Manifest([string]$Root, [string]$Id) {
    $path = [System.IO.Path]::Combine($Root, 'manifests', "$Id.json")
    if (-not [System.IO.File]::Exists($path)) { return $null }
    try { ConvertFrom-JsonText ([System.Text.Encoding]::UTF8.GetString((Read-FileBytes $path))) }
    catch { Add-Undetermined "releases.$Id.manifest" (Get-ErrorText $_) }
}

# SHA-256 over one line for each file, "<sha256> <size> <path>", in the order of the paths' bytes.
function Get-ContentHash([string]$Folder, [object]$Files) {
    $sorted = New-Object 'System.Collections.Generic.SortedDictionary[string,System.IO.FileInfo]' ([StringComparer]::Ordinal)
    foreach ($file in $Files) { $sorted[(Get-SortKey (Get-RelativePath $Folder $file.FullName))] = $file }
    $text = New-Object System.Text.StringBuilder
    foreach ($file in $sorted.Values) {
        $null = $text.Append((Get-FileHashText $file.FullName)).Append(' ').Append($file.Length).Append(' ')
        $null = $text.Append((Get-RelativePath $Folder $file.FullName)).Append("`n")
    }
    Get-BytesHash ([System.Text.Encoding]::UTF8.GetBytes($text.ToString()))
}

function Get-ReleaseFacts([string]$Root, [string]$AskedRoot, [string]$Id, [bool]$WithHashes) {
    $folder = [System.IO.Path]::Combine($Root, 'releases', $Id)
    $facts = [ordered]@{
        id = $Id; path = $AskedRoot.TrimEnd('\', '/') + '\releases\' + $Id; resolved_path = $folder; manifest = Read-Manifest $Root $Id
        file_count = $null; total_bytes = $null; config_sha256 = $null
    }
    if ($WithHashes) { $facts['content_sha256'] = $null }
    try {
        $owned = @(Get-List $facts['manifest'] 'owned')
        $files = @((Get-FilesBelow $folder) | Where-Object { (Get-RelativePath $folder $_.FullName) -notin $owned })
        $facts['file_count'] = $files.Count
        $total = [long]0
        foreach ($file in $files) { $total += $file.Length }
        $facts['total_bytes'] = $total
        $config = Find-ChildFile $folder 'web.config'
        if ([System.IO.File]::Exists($config)) { $facts['config_sha256'] = Get-FileHashText $config }
        if ($WithHashes) { $facts['content_sha256'] = Get-ContentHash $folder $files }
    }
    catch {
        Add-Undetermined "releases.$Id" (Get-ErrorText $_)
    }
    $facts
}

# The room on the volume of a folder that may not exist yet.
function Get-FreeBytes([string]$Path) {
    $folder = $Path
    while ($folder -and -not [System.IO.Directory]::Exists($folder)) { $folder = [System.IO.Path]::GetDirectoryName($folder) }
    try { Invoke-WindowsMachine 'FreeBytes' $folder }
    catch { Add-Undetermined 'releases.free_bytes' (Get-ErrorText $_) }
}

function Read-Releases([object]$Request) {
    $asked = Get-RequiredField $Request 'root'
    $root = Resolve-NodePath $asked
    $withHashes = [bool](Get-Field $Request 'hashes' $false)
    $releases = New-Object System.Collections.Generic.List[object]
    $folder = [System.IO.Path]::Combine($root, 'releases')
    if ([System.IO.Directory]::Exists($folder)) {
        $ids = [string[]]@([System.IO.Directory]::GetDirectories($folder) | ForEach-Object { [System.IO.Path]::GetFileName($_) })
        [Array]::Sort($ids, [StringComparer]::Ordinal)
        foreach ($id in $ids) { $releases.Add((Get-ReleaseFacts $root $asked $id $withHashes)) }
    }
    [ordered]@{
        root = $asked; resolved_root = $root; exists = [System.IO.Directory]::Exists($root)
        free_bytes = Get-FreeBytes $root; releases = $releases
    }
}
